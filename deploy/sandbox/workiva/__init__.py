"""A stand-in for Workiva's tasks, beside the one for awork and of the same making: tokens that end,
both of its APIs, and the end of the older one by the sandbox's clock.

Sources: Workiva's developer documentation and OpenAPI file, versions 2022-01-01 and 2026-01-01.
What they leave open is told where it is decided.
"""
