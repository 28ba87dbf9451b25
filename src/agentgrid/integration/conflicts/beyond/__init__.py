"""What agents do to one thing that git merges without a word: functions, calls, keys, numbers, versions."""
