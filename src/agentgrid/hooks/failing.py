"""What a guard says about its own failure: one line, and where the rest is."""


def describe_bug(error: Exception) -> str:
    """What failed, and the file with the traceback."""
    return (
        f"the guard failed ({type(error).__name__}: {one_line(str(error))}); this is a bug; {where_details_are(error)}"
    )


def where_details_are(error: Exception) -> str:
    """Writes the crash log; where it is, or why there is none."""
    from agentgrid.machine.crash_log import write_crash_log

    try:
        return f"the details are in {write_crash_log(error)}"
    except OSError as reason:
        return f"its details could not be kept ({reason.strerror})"


def one_line(text: str) -> str:
    return " ".join(text.split())
