"""Tests of `spiders/`."""
