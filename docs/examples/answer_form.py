"""Orders a form from the simulator, answers it as the patient, and takes the answers; with the standard library alone.

Start the simulator first, as for order_form.py. In a browser the patient would open the loginUrl instead.
"""

# ruff: noqa: S310 - the addresses are those of whoever runs this

from __future__ import annotations

import argparse
import json
import os
import queue
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urljoin

API_KEY = os.environ.get("EPROM_VERIFY_API_KEY", "simulator")
returned: queue.Queue[dict[str, Any]] = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    """The status of the order and the answered form both come to PUT /api/PromsFormOrder."""

    def do_PUT(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps({"success": message["apiKey"] == API_KEY}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.close_connection = True
        if message["formOrderStatus"] == "Completed":
            returned.put(message)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def get(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def post(url: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    headers["Content-Type"] = "application/json;charset=utf-8"
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
        return dict(json.load(answer))


parser = argparse.ArgumentParser()
parser.add_argument("--eprom", default="http://127.0.0.1:8080/promswebapi", help="PromsApiBaseUrl")
parser.add_argument("--port", type=int, default=8081, help="where the answers are received")
arguments = parser.parse_args()
receiver = ThreadingHTTPServer(("127.0.0.1", arguments.port), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()

control = urljoin(arguments.eprom, "/_control")
patient = next(each for each in get(f"{control}/persons") if each["name"] == "alle kanaler")
form = next(each for each in get(f"{control}/forms") if each["title"] == "Skjema med alle felttyper")
order = post(
    f"{arguments.eprom}/api/v2/formorder",
    {
        "formId": form["id"],
        "nationalId": patient["nationalId"],
        "expiryDate": (datetime.now(UTC) + timedelta(days=30)).isoformat(timespec="seconds"),
        "metadata": json.dumps({"sykehusnavn": "Prøvesykehuset", "Vekt": 70}),
    },
    Authorization=f"Basic {API_KEY}",
)

shown = get(f"{control}/orders/{order['id']}/form")
print(f"Pasienten ser: {shown['coverLetter']}")
answers = {"Vekt": 70, "Smerte": 3, "Bedre": 1}
delivered = post(f"{control}/orders/{order['id']}/answer", {"answers": answers})
print(f"Pasienten har levert. Kopi: {delivered['copy']}")
data = json.loads(returned.get(timeout=30)["formData"])  # formData is a text that holds JSON
print(f"Bestillersystemet fikk: Vekt {data['Vekt']}, Smerte {data['Smerte']}, Bedre {data['Bedre']}")
receiver.shutdown()
receiver.server_close()
