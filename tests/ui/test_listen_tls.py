"""The Listen panel takes messages by TLS, with certificates of the inbox and of the senders."""

from __future__ import annotations

from pathlib import Path

from tests.transports.certificates import CLIENT, SERVER, issue
from tests.ui.conftest import Run
from tests.ui.test_listen import MESSAGE, panel, until
from ui.panels.listen import ListenPanel
from workbench.exchange import Exchange
from workbench.transports.mllp_client import send_mllp
from workbench.transports.mllp_tls import make_client_context

__all__ = ["panel"]

CA = issue("CA", is_ca=True)


def test_senders_with_a_certificate_are_let_in_and_others_are_told_why(
    panel: ListenPanel, run: Run, tmp_path: Path
) -> None:
    trusted = CA.write(tmp_path, "ca")[0]
    certificate, key = map(str, issue("Inbox", CA, use=SERVER).write(tmp_path, "inbox"))
    mine = issue("WARD", CA, use=CLIENT).write(tmp_path, "ward")

    async def story() -> list[Exchange]:
        panel.tls_button.setChecked(True)
        assert panel.tls.isVisible()
        panel.tls.certificate.setText(certificate)
        panel.tls.key.setText(key)
        panel.tls.senders.setText(str(trusted))
        panel.start()
        await until(lambda: panel.address)
        assert panel.address.startswith("mllps://") and not panel.tls.certificate.isEnabled()
        port = panel.listener.port if panel.listener else 0
        sent = [
            await send_mllp("127.0.0.1", port, MESSAGE, tls=make_client_context(trusted, *mine)),
            await send_mllp("127.0.0.1", port, MESSAGE, tls=make_client_context(trusted)),
        ]
        await until(lambda: len(panel.model.rows) == 2)
        panel.stop()
        await until(lambda: panel.tls.certificate.isEnabled())
        return sent

    known, unknown = run(story())
    assert known.response and not known.failure
    assert unknown.failure and "asks for a certificate" in unknown.failure.reason
    failures = [exchange.failure for exchange in panel.bench.log.exchanges if exchange.failure]
    assert any("gave no certificate" in failure.reason for failure in failures)


def test_an_inbox_by_tls_without_a_certificate_says_what_it_needs(panel: ListenPanel, run: Run) -> None:
    async def story() -> None:
        panel.tls_button.setChecked(True)
        panel.start()
        await until(lambda: panel.notice.isVisible())

    run(story())
    assert "needs a certificate" in panel.notice.accessibleName()
    assert panel.address == ""
