"""The receiving edge, and the contract that workers read."""

#: as in pyproject.toml. Here too, because hookwork also runs from its sources alone, as in a dyno
#: of Heroku's: there is no installed package to ask.
VERSION = "0.1.0"
