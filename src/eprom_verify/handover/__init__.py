"""Hands a run over: what is packed, signed and checked."""
