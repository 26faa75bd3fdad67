"""Words of TLS: why no connection came about, for whoever is to mend it at either end."""

from __future__ import annotations

import ssl

_VERDICTS = {
    7: "its signature does not fit, so it was changed or its issuer is another of the same name",
    9: "it is not valid yet; look at its dates and at this machine’s clock",
    10: "it has expired; it must be renewed",
    18: "it is self-signed and is not among the certificates that are trusted; name it as CA if it may be trusted",
    19: "a self-signed certificate that is not trusted stands at the end of its chain; name that CA",
    20: "its issuer is not known; name the CA that issued it",
    21: "its chain is not complete; the other end must send the certificates between it and the CA",
    23: "it is revoked",
    24: "a certificate in its chain is not one of a CA; it was signed with one that may sign none",
    25: "its chain is longer than a CA in it allows",
    26: "it is not meant for this use (extended key usage)",
    32: "a certificate in its chain may not sign others (key usage)",
    47: "its name is one that its CA may not sign for",
    62: "it is for another name than the address; use the name that it holds, or have one issued for this one",
    64: "it is for another IP address or holds none; use the name that it holds, or have one issued for the address",
    66: "its key is too small to be trusted",
    67: "the key of a CA in its chain is too small to be trusted",
    68: "a signature in its chain is too weak to be trusted",
    79: "a certificate in its chain is not one of a CA; it was signed with one that may sign none",
    89: "a CA in its chain may not sign others (key usage)",
    92: "a certificate in its chain does not say whether it is one of a CA",
}
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNEXPECTED_MESSAGE"})
_NO_TLS |= {"RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "BAD_RECORD_TYPE"}
_ALERTS = {
    "CERTIFICATE_REQUIRED": "asks for a certificate, and none was given; name a certificate and its key",
    "UNKNOWN_CA": "does not know the CA of the certificate that it was given",
    "CERTIFICATE_EXPIRED": "holds the certificate that it was given for expired or not yet valid",
    "CERTIFICATE_REVOKED": "holds the certificate that it was given for revoked",
    "BAD_CERTIFICATE": "does not trust the certificate that it was given, or has asked for one and got none",
    "UNSUPPORTED_CERTIFICATE": "holds the certificate that it was given for one of another use",
    "CERTIFICATE_UNKNOWN": "does not trust the certificate that it was given",
    "ACCESS_DENIED": "lets nobody in with the certificate that it was given",
    "DECRYPT_ERROR": "could not check the certificate that it was given",
    "PROTOCOL_VERSION": "takes no version of TLS that this end speaks, which is 1.2 or newer",
    "HANDSHAKE_FAILURE": "found no cipher that both ends take, or asks for a certificate and got none",
    "UNRECOGNIZED_NAME": "serves no such name",
    "INTERNAL_ERROR": "could not go on, for a reason of its own",
}


def tell_tls(error: Exception, other: str) -> str:
    """A sentence on why no TLS connection with `other` came about, or why it ended."""
    if isinstance(error, ssl.SSLCertVerificationError):
        verdict = _VERDICTS.get(error.verify_code, error.verify_message)
        return f"The certificate of {other} is not trusted: {verdict}."
    reason = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
    if reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return f"{other} gave no certificate, and only senders with one are let in; it must be given one of the CA."
    if reason in _NO_TLS:
        return f"{other} does not speak TLS: what it sent is something else. Use TLS at both ends or at none."
    if reason == "UNSUPPORTED_PROTOCOL":
        return f"{other} speaks no version of TLS that is taken here, which is 1.2 or newer."
    if reason == "NO_SHARED_CIPHER":
        return f"{other} and this end have no cipher in common."
    alert = reason.partition("_ALERT_")[2]
    if alert:
        return f"{other} {_ALERTS.get(alert, f'ended TLS with the alert {alert}')}."
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        said = reason.replace("_", " ").lower() or error.strerror or str(error)
        return f"No TLS connection with {other} came about: {said}."
    if isinstance(error, ConnectionAbortedError | TimeoutError):
        return f"{other} did not agree on TLS in time; it may not speak TLS at this port."
    return (
        f"{other} closed the connection while TLS was being agreed; it may not speak TLS at this port, or not trust "
        "the certificate that it was given."
    )
