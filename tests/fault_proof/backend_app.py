"""PyPI cumulus-fhir-support as a backend service, in the environment of its own that WORKBENCH_PEERS names.

Run by that environment's Python as a program: base address, client id, file of the private key.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path


async def main(base: str, client_id: str, key: str) -> None:
    from cumulus_fhir_support import FhirClient, RequestError

    step = "token"
    try:
        async with FhirClient(base, ["Patient"], smart_client_id=client_id, smart_pem=key) as client:
            for name in ("patient", "read again"):
                step = name
                (await client.request("GET", "Patient/amara-okafor")).json()
        said = "done"
    except (RequestError, ValueError) as error:
        said = f"{step}: {type(error).__name__}: {error}"
    sys.stdout.write(f"{said}\n")


if __name__ == "__main__":
    base, client_id, path = sys.argv[1:]
    asyncio.run(main(base, client_id, Path(path).read_text(encoding="utf-8")))
