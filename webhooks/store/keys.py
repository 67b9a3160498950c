"""Every key hookwork has in Redis, and how long it stays.

| key                | type   | meaning                                             | expiry    |
|--------------------|--------|-----------------------------------------------------|-----------|
| delivery:IDENTITY  | string | id of the event that this delivery became           | 7 days    |
| event:ID           | hash   | head, body, state, fence, attempt, orphaned, plan,  | retention |
|                    |        | run; decided:REPLAYS:NAME, what an action decided;  |           |
|                    |        | of a turn also entity, version, occurred, opened,   |           |
|                    |        | not_before, and for each property P old:P and new:P |           |
|                    |        | with the times they are of, oat:P and nat:P;        |           |
|                    |        | turn:RULE -> the turn this event was handed on to;  |           |
|                    |        | before: its entity then, for when it is replayed    |           |
|                    |        | dropped: who took it out of the failed list, why;   |           |
|                    |        | undone: the event by which what it made is removed  |           |
| lane:LANE          | zset   | unsettled events of one entity, or turns of one     | none      |
|                    |        | rule and key, by the sender's time                  |           |
| gathering:LANE     | string | the turn of a lane that further events still join   | hours     |
| item:RULE:ENTITY   | string | the latest turn of a cron rule for one item         | 30 days   |
| once:RULE:VALUES   | string | the event that took a window of `once_within`       | the window|
| seen:LANE          | hash   | properties of an entity as last seen, as JSON       | retention |
| handled:LANE       | hash   | what was settled of an entity: r:KIND and u:KIND -> | retention |
|                    |        | newest version, digests of its events; own:r:KIND,  |           |
|                    |        | own:u:KIND of those left out as our own; deleted    |           |
| clock              | hash   | cron rule -> ms up to which its times are dealt with| none      |
| due                | zset   | lanes, by the ms their first event is due; a lease  | none      |
|                    |        | is a due time ahead                                 |           |
| waiting            | zset   | unsettled events, by the ms of arrival              | none      |
| settled            | zset   | settled events, by the ms of settling               | retention |
| failed             | zset   | events with a run in the failed list, by ms         | retention |
| quarantine         | zset   | deliveries that cannot be read, by ms               | retention |
| ledger:ID          | hash   | the writes of one event: effect -> entry            | retention |
| unanswered         | zset   | writes that were begun and have no answer yet,      | retention |
|                    |        | "ID effect", by the ms they were begun              |           |
| made:AWORK-ID      | string | the ledger entry that made this awork object; of    | retention |
|                    |        | one that was adopted also since when it was looked  |           |
|                    |        | for, in ms                                          |           |
| wrote:AWORK-ID     | string | versions of an awork object that our writes made,   | a day     |
|                    |        | the latest first                                    |           |
| touched:AWORK-ID   | string | ms at which a write of ours that makes or changes   | a day     |
|                    |        | this object was recorded last                       |           |
| hops:AWORK-ID      | hash   | how many writes of ours, each answering the one     | an hour   |
|                    |        | before, led to this object -> ms since when         |           |
| sets:AWORK-ID:WHAT | list   | the latest rules that set this of it: rule, digest  | an hour   |
|                    |        | of the value, ms                                    |           |
| holding:THING      | hash   | what was made for a task, or a rule, project and    | retention |
|                    |        | person, or as the rest of a time entry, or in       | + its use |
|                    |        | Workiva (mirrors.py): id -> as we wrote it          |           |
| deciding:PERSON    | string | the run that decides on a person's hours now        | a minute  |
| unfinished:THING   | string | the run that has not written all it decided for it; | an hour   |
|                    |        | for what is in Workiva a day                        |           |
| promised:PERSON    | hash   | task -> hours that were decided on and may not show | an hour   |
| writes:RULE:HOUR   | string | writes of a rule in one hour                        | 2 hours   |
| budget:awork       | hash   | requests to awork: quarter of a second -> how many  | none      |
|                    |        | in it; serial, how many ever; per_minute, per_second|           |
|                    |        | the limits in force; held, ms until which nothing   |           |
|                    |        | is sent; theirs, what awork said is left, and until,|           |
|                    |        | the ms of its reset; next:LINE, the ms of the next  |           |
|                    |        | free place for those who wait                       |           |
| circuit:TARGET     | hash   | how awork, Workiva, a notified host, or one address | days      |
|                    |        | of it (HOST#DIGEST) does: failures in a row; asked, |           |
|                    |        | digest of each request that a bad answer was counted|           |
|                    |        | for; opened and next, the ms since when nothing is  |           |
|                    |        | sent and of the next probe; cause; trips, how often |           |
|                    |        | it failed; probes, and probing, ms until which one  |           |
|                    |        | is sent; resumed, ms since when it answers again;   |           |
|                    |        | hold, ms until which it asked for a pause; from, the|           |
|                    |        | hosts whose workers met silence                     |           |
| token:GRANT        | hash   | what Workiva is signed in to with now: token; renew | minutes   |
|                    |        | and ends, the ms from which the next one is asked   |           |
|                    |        | for, and of its end. GRANT: the target and a digest |           |
| signing:GRANT      | string | who asks for the next token now                     | 20 s      |
| kept:READ          | string | what awork answered: its moment in us, the ms it was| minutes   |
|                    |        | asked at, the JSON. READ is a path, or the id of a  |           |
|                    |        | task, project or entry                              |           |
| reading:READ       | string | who reads it now, and may keep the answer; and since| 20 s      |
|                    |        | when it has to be, in us                            |           |
| paused             | hash   | rule -> why it is paused                            | none      |
| problems           | hash   | what is wrong now: cause -> JSON (problems.py)      | none      |
| workers            | zset   | worker processes, by ms of their last sign of life  | pruned    |
| rules              | hash   | the rule set in force: hash, ids, at, and the       | none      |
|                    |        | problem of a newer one that cannot be loaded        |           |
| rules:workers      | hash   | worker -> hash of the rule set it has               | pruned    |
| counts             | hash   | counters for /metrics                               | none      |
| bell               | string | the Celery message that wakes a worker, a template  | none      |
| bells              | string | how many bells were rung; makes each unique         | none      |
| housekeeper        | string | who keeps house now                                 | seconds   |
| watcher            | string | who compares the inbox with awork, or did last      | minutes   |
| watched            | hash   | what was compared -> ms up to which that was done   | none      |
| watch:sent         | list   | requests of the comparison, the newest first, in ms | a minute  |
| born               | string | when this store came to be, to the microsecond, and | none      |
|                    |        | which worker was first: an emptied Redis gets others|           |
| workspaces         | zset   | names of those that workers have served, '' for the | none      |
|                    |        | one that needs none, by the ms of the first time    |           |
| history            | string | Redis's name for what it takes, which a failover    | none      |
|                    |        | changes; the ms of the last sign of life of any     |           |
|                    |        | worker, and of the last before the latest failover  |           |
| live               | channel| each settled event, for those who watch             | -         |

Each stands behind `hookwork:`, or, of a workspace that has a name, behind `hookwork:@NAME:`: a
workspace is a store of its own, and nothing of one is ever read for another. Of all workspaces
together there are only bell, bells, workers, housekeeper, born, history and workspaces. The key
`hookwork` alone is the list that Celery's queue is: bells, never events. "Retention" starts when
the event is settled.

Leases and due times are by Redis's own clock, read inside the scripts: the clocks of many
machines differ, and a lease must mean the same to all of them.
The scripts are given the prefix, and build keys from it themselves; Celery's Redis transport does
not run on Redis Cluster either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

#: of every key that all workspaces share, and of those of a workspace without a name
PREFIX = "hookwork:"
#: Celery's queue, and so the key of its list
QUEUE = "hookwork"
#: where a bell's unique name goes in the template
BELL_MARK = "@BELL@"

BELL = PREFIX + "bell"
BELLS = PREFIX + "bells"
WORKERS = PREFIX + "workers"
HOUSEKEEPER = PREFIX + "housekeeper"
BORN = PREFIX + "born"
HISTORY = PREFIX + "history"
WORKSPACES = PREFIX + "workspaces"

#: the keys of all workspaces together, and what each is
SHARED = {
    QUEUE: "list",
    WORKERS: "zset",
    BELL: "string",
    BELLS: "string",
    BORN: "string",
    HISTORY: "string",
    HOUSEKEEPER: "string",
    WORKSPACES: "zset",
}

#: how long a repeated delivery is known: longer than any sender repeats one
DEDUPE_S = 7 * 24 * 3600
#: how long the latest turn of a cron rule's item is known
ITEM_S = 30 * 24 * 3600


@dataclass(frozen=True)
class _Once:
    """A key that is there once in a workspace."""

    name: str
    #: its type; scripts are refused when it is another
    kind: str

    def __get__(self, keys: Keys, _owner: type[Keys]) -> str:
        return keys.prefix + self.name


@dataclass(frozen=True)
class _Each:
    """A key that is there for each of something."""

    name: str

    def __get__(self, keys: Keys, _owner: type[Keys]) -> Callable[..., str]:
        return lambda *of: ":".join((keys.prefix + self.name, *of))


@dataclass(frozen=True)
class Keys:
    """The keys of one workspace, as the table says."""

    #: empty for the one that needs no name
    workspace: str = ""

    @cached_property
    def prefix(self) -> str:
        """What stands before each of them."""
        return f"{PREFIX}@{self.workspace}:" if self.workspace else PREFIX

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Those that are there once, those of all workspaces among them, and the type of each."""
        once = [one for one in vars(Keys).values() if isinstance(one, _Once)]
        return {**SHARED, **{self.prefix + one.name: one.kind for one in once}}

    due = _Once("due", "zset")
    waiting = _Once("waiting", "zset")
    settled = _Once("settled", "zset")
    failed = _Once("failed", "zset")
    quarantine = _Once("quarantine", "zset")
    unanswered = _Once("unanswered", "zset")
    rules = _Once("rules", "hash")
    rule_workers = _Once("rules:workers", "hash")
    counts = _Once("counts", "hash")
    paused = _Once("paused", "hash")
    problems = _Once("problems", "hash")
    clock = _Once("clock", "hash")
    watched = _Once("watched", "hash")
    watcher = _Once("watcher", "string")
    watch_sent = _Once("watch:sent", "list")
    budget = _Once("budget:awork", "hash")

    delivery = _Each("delivery")
    event = _Each("event")
    ledger = _Each("ledger")
    lane = _Each("lane")
    once = _Each("once")
    seen = _Each("seen")
    handled = _Each("handled")
    circuit = _Each("circuit")
    token = _Each("token")
    signing = _Each("signing")
    kept = _Each("kept")
    reading = _Each("reading")
    made = _Each("made")
    wrote = _Each("wrote")
    touched = _Each("touched")
    hops = _Each("hops")
    sets = _Each("sets")
    holding = _Each("holding")
    deciding = _Each("deciding")
    unfinished = _Each("unfinished")
    promised = _Each("promised")

    @property
    def live(self) -> str:
        """No key, but a channel."""
        return self.prefix + "live"


#: those of a workspace that needs no name
UNNAMED = Keys()
