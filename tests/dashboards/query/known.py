"""A small catalogue, as a lexicon and a store would give it."""

from __future__ import annotations

from datetime import date

from dashboards.query import Catalogue, KnownTerm

TODAY = date(2025, 6, 15)
CATALOGUE = Catalogue(
    terms=(
        KnownTerm("bankcard.set", "四件套", "bankcard", ("4件套", "卡四件")),
        KnownTerm("bankcard.firm-set", "对公四件", "bankcard", ("公户四件套",)),
        KnownTerm("identity.face-set", "人脸四件套", "identity"),
        KnownTerm("payment.runs", "跑分", "payment", ("跑 分 平台",)),
        KnownTerm("sim.cards", "手机卡", "sim", ("卡",)),
        KnownTerm("carding.cards", "料子", "carding", ("卡",)),
    ),
    platforms=("market-a", "market-b"),
    sources=("market-a-search", "market-b-feed"),
)
