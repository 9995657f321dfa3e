"""Flask blueprints: parse, call, answer. The only room that knows HTTP."""
