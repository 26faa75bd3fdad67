"""The only code that opens a socket: HTTP and MLLP, as client and as server."""
