"""What a scratch database says to a statement that it doesn't take."""


class ScratchFault(Exception):
    """`words`: the database's own. `code`: SQLSTATE, or the name of SQLite's error. `offset`: how many characters of
    the text come before what it means, None when it doesn't say."""

    def __init__(self, words: str, *, code: str = "", offset: int | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.code = code
        self.offset = offset
