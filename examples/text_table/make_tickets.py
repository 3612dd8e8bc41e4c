"""Writes tickets.csv: made-up messages to a help desk, and the team that answered."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

TICKETS = 600
CHANNELS = ("mail", "phone", "chat")
OPENINGS = ("Hello,", "Good morning,", "Hi there!", "Please help:", "Once more:", "")
SUBJECTS = {
    "billing": (
        *("I was charged twice for", "the invoice is wrong for", "when do I get the refund of"),
        *("please cancel the payment of", "my card was declined for"),
    ),
    "shipping": (
        *("where is the parcel with", "the courier lost", "the box was damaged, and so is"),
        *("please send to my new address", "nobody has delivered"),
    ),
    "technical": (
        *("I cannot log in to set up", "there is an error message on", "the screen stays black on"),
        *("please reset the password of", "since the update nothing works on"),
    ),
}
OBJECTS = ("my order", "the phone", "the lamp", "the printer", "my subscription", "the camera")
ENDINGS = ("", "Thank you!", "This is urgent.", "I have waited for days.", "Best regards, Kim")
DAYS = {"billing": 3.0, "shipping": 8.0, "technical": 1.5}
"""Average days since the order."""


def main() -> None:
    """Draw tickets; one in ten says nothing that tells the team, but for its number of days."""
    random = np.random.default_rng(0)
    path = Path(__file__).with_name("tickets.csv")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["message", "channel", "days", "team"])
        for _ in range(TICKETS):
            team = str(random.choice(list(SUBJECTS)))
            subject = random.choice(SUBJECTS[team]) if random.random() < 0.9 else "a question on"
            words = (
                random.choice(OPENINGS),
                subject,
                random.choice(OBJECTS),
                random.choice(ENDINGS),
            )
            message = " ".join(str(word) for word in words if word)
            days = round(float(random.gamma(2.0, DAYS[team] / 2.0)), 1)
            writer.writerow([message, random.choice(CHANNELS), days, team])


if __name__ == "__main__":
    main()
