from tests.contract import test_plan_fuzz as f
from tests.contract.test_plan_fuzz import week
from tests.contract.planning import at
import pytest
from webhooks.store import keys
def test_x(week):
    f.pass_week(week)
    [f.update(week, t) for t in (*f.TASKS,*f.TASKS)]
    try: f.assert_known(week); return
    except AssertionError: print("BAD")
    r=week.office.worker.deps.redis
    print(week.office.clock.now)
    for task in f.TASKS:
        held={i:o for i,o in week.office.worker.deps.holdings.of(f"schedules:{task}", (), str).items()}
        for one in f.ours(week):
            if one['taskId']==task and (one['id'] not in held or held[one['id']].gone):
                print("LOST", one, held.get(one['id']))
                print(r.get(keys.made(one['id'])))
                for e in r.keys("hookwork:ledger:*"):
                    for k,v in r.hgetall(e).items():
                        if one['id'].encode() in v or one['id'].encode() in k or one['startDate'].encode() in v: print("  ", e,k,v)
                for c in week.office.sandbox.calls:
                    if c.method!='GET' and (one['id'] in c.path or (c.body and c.body.get('startDate')==one['startDate'])): print('   C', c.method, c.path[-36:], c.body, getattr(c,'at',None), c.written)
