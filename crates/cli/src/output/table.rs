//! Aligned columns: text to the left, numbers to the right, two spaces between.

use std::fmt;

/// Rows under a header. A column whose every cell is a number is aligned to the right.
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new<const N: usize>(header: [&str; N]) -> Table {
        Table { header: header.map(str::to_owned).to_vec(), rows: Vec::new() }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.header.len(), "a row has a cell for every column");
        self.rows.push(cells.to_vec());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.header.len();
        let all = || std::iter::once(&self.header).chain(&self.rows);
        let width =
            |column: usize| all().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let is_number = |cell: &String| cell == "-" || cell.parse::<f64>().is_ok();
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let right: Vec<bool> = (0..columns)
            .map(|column| {
                !self.rows.is_empty() && self.rows.iter().all(|row| is_number(&row[column]))
            })
            .collect();
        for (index, row) in all().enumerate() {
            let mut line = String::new();
            for column in 0..columns {
                let (cell, width) = (&row[column], widths[column]);
                if column > 0 {
                    line.push_str("  ");
                }
                match right[column] {
                    true => line.push_str(&format!("{cell:>width$}")),
                    false => line.push_str(&format!("{cell:<width$}")),
                }
            }
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_numbers_stand_to_the_right() {
        let mut table = Table::new(["TOPIC", "PARTITIONS", "CONFIGS"]);
        table.row(["orders".into(), "6".into(), "cleanup.policy=compact".into()]);
        table.row(["o".into(), "100".into(), String::new()]);
        assert_eq!(
            table.to_string(),
            "TOPIC   PARTITIONS  CONFIGS\n\
             orders           6  cleanup.policy=compact\n\
             o              100"
        );
    }
}
