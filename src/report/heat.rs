//! Shading the numbers of a table by how bad they are: a heat map that stays a table of numbers.

use super::model::{Cell, Table};

/// How the numbers of a table are shaded: from white to the colour of limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heat {
    /// First shaded column.
    pub from: usize,
    /// The worst value is the largest one; else the smallest.
    pub high_is_bad: bool,
}

/// The shades of one table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shades {
    heat: Heat,
    low: f64,
    high: f64,
}

impl Shades {
    /// Those of a table; `None` where nothing is shaded.
    pub fn of(table: &Table) -> Option<Self> {
        let heat = table.heat?;
        let numbers = table
            .rows
            .iter()
            .flat_map(|row| row.iter().skip(heat.from))
            .filter_map(Cell::as_number);
        let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        (low <= high).then_some(Self { heat, low, high })
    }

    /// How strongly a cell is shaded, 0..=1; `None` where it is not.
    pub fn share(self, column: usize, cell: &Cell) -> Option<f64> {
        let value = cell.as_number().filter(|_| column >= self.heat.from)?;
        if self.high <= self.low {
            return Some(0.0);
        }
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        Some(if self.heat.high_is_bad {
            share
        } else {
            1.0 - share
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_shaded_most() {
        let table = |high_is_bad| Table {
            rows: vec![vec![
                Cell::count(7),
                Cell::count(1),
                Cell::Empty,
                Cell::count(3),
            ]],
            heat: Some(Heat {
                from: 1,
                high_is_bad,
            }),
            ..Table::default()
        };
        let share = |high_is_bad: bool, column: usize| {
            let table = table(high_is_bad);
            Shades::of(&table)
                .unwrap()
                .share(column, &table.rows[0][column])
        };
        assert_eq!(share(true, 0), None);
        assert_eq!(share(true, 1), Some(0.0));
        assert_eq!(share(true, 2), None);
        assert_eq!(share(true, 3), Some(1.0));
        assert_eq!(share(false, 1), Some(1.0));
        assert_eq!(Shades::of(&Table::default()), None);
    }
}
