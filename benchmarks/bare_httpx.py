"""The bare script: orders a form and waits for its status, again and again, with nothing but httpx and an event."""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime, timedelta

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from eprom_verify.persons import Population
from eprom_verify.serving import Host
from eprom_verify.simulator.app import Simulator
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.settings import BASE_PATH, Settings

arrived: dict[str, threading.Event] = {}


async def status(request: Request) -> JSONResponse:
    """Take a status."""
    arrived.setdefault((await request.json())["formOrderId"], threading.Event()).set()
    return JSONResponse({"success": True})


def main(orders: int) -> None:
    """Place this many orders, one after the other."""
    population = Population.generate(1, today=datetime.now(UTC).date())
    with Host() as host:
        simulator = Simulator(population, Settings(), callback_transport=httpx.AsyncHTTPTransport())
        callbacks = host.serve(Starlette(routes=[Route("/api/PromsFormOrder", status, methods=["PUT"])]))
        simulator.register(Bestillersystem("bare", "key", f"http://127.0.0.1:{callbacks}"))
        port = host.serve(simulator.app)
        body = {
            "formId": "1bc5f9f0-2607-49eb-94f0-6af955bbd79a",
            "nationalId": population["alle kanaler"].national_id,
            "expiryDate": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
            "distributionRule": "Basic",
            "metadata": json.dumps({"sted": "høyre kne"}),
        }
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}{BASE_PATH}", headers={"Authorization": "Basic key"}
        ) as http:
            for _ in range(orders):
                order = http.post("/api/v2/formorder", json=body).raise_for_status().json()
                if not arrived.setdefault(order["id"], threading.Event()).wait(5):
                    raise SystemExit("no status came")
        host.run(simulator.close())


if __name__ == "__main__":
    main(int(sys.argv[1]))
