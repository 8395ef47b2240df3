// Row `row` of a batch lies in a data set, as row rows[row].   rows: (rows of the batch)
// Beyond the valid rows, `rows` holds samples of an earlier step: any will do, since losses give those rows no gradient.
@group(0) @binding(80) var<storage, read> rows: array<u32>;

fn sample(row: u32) -> u32 { return rows[row]; }
