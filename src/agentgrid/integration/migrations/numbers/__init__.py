"""Which request gets which number, and where its file stands then."""
