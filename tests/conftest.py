"""Gives the tests, and all that they start, the Ctrl-C of a terminal, wherever they are started from."""

import signal

# A shell without job control starts what it puts in the background with SIGINT ignored, and that is inherited:
# the processes that tests interrupt would go on for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
