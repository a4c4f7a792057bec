"""Facts of the reference budget that several tests expect."""

from __future__ import annotations

NOT_APPLICABLE = {
    "F7-01": "公开表7没有数据",
    "F8-H": "公开表8没有数据",
    "F8-R": "公开表8没有数据",
    "F9-02": "公开表9没有数据",
    "F9-H": "公开表9没有数据",
    "F9-R": "公开表9没有数据",
    "F11-03": "只适用于事业单位",
    "F12-01": "没有这种情形",
    "N-19": "没有这种情形",
    "N-19-2": "没有这种情形",
    "N-19-3": "没有这种情形",
    "P-06": "没有这种情形",
    "X-07-2": "没有这种情形",
    "X-09-2": "没有这种情形",
    "X-10-2": "没有这种情形",
    "X-11-2": "没有这种情形",
    "X-15-2": "没有这种情形",
    "X-17-2": "没有这种情形",
    "T-01": "没有可核对的行",
    "T-02": "没有这种情形",
    "T-03": "没有可核对的行",
}
"""Rules over empty forms, and for units that this one is not: 事业单位, several units, other money, money
kept for the year end, transfers within the department; targets of projects that nobody prescribes."""
