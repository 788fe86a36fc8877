"""Orders one form from the simulator and waits for its status, with the standard library alone.

Start the simulator first, with --control and with a --callback-url that points here:

    eprom-verify simulator --control --callback-url http://127.0.0.1:8081 --callback-later
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

RAND_12 = "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"
statuses: queue.Queue[dict[str, Any]] = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    """ePROM calls PUT /api/PromsFormOrder; the answer is {"success": true} once the status is kept."""

    def do_PUT(self) -> None:
        status = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        accepted = self.path.lower() == "/api/promsformorder" and status["apiKey"] == API_KEY
        answer = json.dumps({"success": accepted}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.close_connection = True
        if accepted:
            statuses.put(status)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def patient(eprom: str) -> str:
    """The national id of a synthetic patient who can be reached on every channel. The simulator alone can tell."""
    with urllib.request.urlopen(urljoin(eprom, "/_control/persons")) as answer:
        return str(next(each["nationalId"] for each in json.load(answer) if each["name"] == "alle kanaler"))


def order(eprom: str, national_id: str) -> dict[str, Any]:
    """POST an order; the key goes bare after "Basic", not as user:password in base64."""
    body = {
        "formId": RAND_12,
        "nationalId": national_id,
        "expiryDate": (datetime.now(UTC) + timedelta(days=30)).isoformat(timespec="seconds"),
        "metadata": json.dumps({"age": 76}),  # a text that holds JSON, not an object
        "distributionRule": "Basic",
    }
    headers = {"Authorization": f"Basic {API_KEY}", "Content-Type": "application/json;charset=utf-8"}
    request = urllib.request.Request(f"{eprom}/api/v2/formorder", json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        return dict(json.load(answer))


parser = argparse.ArgumentParser()
parser.add_argument("--eprom", default="http://127.0.0.1:8080/promswebapi", help="PromsApiBaseUrl")
parser.add_argument("--port", type=int, default=8081, help="where the status is received")
arguments = parser.parse_args()
API_KEY = os.environ.get("EPROM_VERIFY_API_KEY", "simulator")

receiver = ThreadingHTTPServer(("127.0.0.1", arguments.port), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()

made = order(arguments.eprom, patient(arguments.eprom))
print(f"ePROM tok imot bestillingen. Foretrukket kanal: {made['notificationChannel']}")

status = statuses.get(timeout=30)
assert status["formOrderId"] == made["id"]
print(
    f"Status fra ePROM: {status['formOrderStatus']}, kanal {status['notificationChannel']}, "
    f"feilkode {status['formOrderStatusErrorCode']}"
)
receiver.shutdown()
receiver.server_close()
