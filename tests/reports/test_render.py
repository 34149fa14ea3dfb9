"""The verb render, on real published rows: what it writes, what it leaves alone, what it refuses."""
from tests.reports import republic
from o7_warehouse.report.render import render
def test_x(settings):
    import time; t=time.process_time()
    print(render(settings, report_id="indicator_statement", night=republic.NIGHT)); print(time.process_time()-t)
    print(render(settings, report_id="indicator_statement", night=republic.INCOMPLETE)); print(time.process_time()-t)
