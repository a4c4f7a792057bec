"""Tables as Parquet (the one door to pyarrow, an extra): amounts as decimal128, texts as strings."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

from xlbudget.department.exporting.tables import DataTable, Field
from xlbudget.files.extras import missing_extra
from xlbudget.files.own_outputs import MARK

_DIGITS, _SCALE = 38, 8  # form money is 元 / 10,000: six decimals of 分, and room


def parquet_bytes(table: DataTable) -> bytes:
    """Return a table as a Parquet file; InputError when pyarrow is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise missing_extra("写 Parquet", error, "或改用 --format csv") from error
    kinds = {"string": pa.string(), "integer": pa.int64(), "number": pa.decimal128(_DIGITS, _SCALE)}

    def column(at: int, field: Field) -> object:
        values = [row[at] for row in table.rows]
        if field.kind == "number":
            quantum = Decimal(1).scaleb(-_SCALE)
            values = [part.quantize(quantum) if isinstance(part, Decimal) else None for part in values]
        return pa.array(values, kinds[field.kind])

    columns = [column(at, field) for at, field in enumerate(table.fields)]
    schema = pa.schema([(field.name, kinds[field.kind]) for field in table.fields], {MARK: table.name})
    stream = BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), stream, compression="zstd")
    return stream.getvalue()
