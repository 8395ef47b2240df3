// Row `row` of a batch lies in a data set, where the end fragment's `rows` says until it draws the next batch.
fn sample(row: u32) -> u32 { return rows[row]; }
