//! What a column of a table shows, how it is sorted and how it is copied.

use eframe::egui::Ui;

use crate::ui::theme::TEXT_BODY;

type TextOf<'a, T> = Box<dyn Fn(&T) -> String + 'a>;
type ValueOf<'a, T> = Box<dyn Fn(&T) -> Option<f64> + 'a>;
type PaintOf<'a, T> = Box<dyn Fn(&mut Ui, &T) + 'a>;

/// One column of rows of type `T`.
pub struct TableColumn<'a, T> {
    /// Header; the unit stands here, once.
    pub(super) title: String,
    /// Text of a cell, as shown, filtered and copied.
    pub(super) text: TextOf<'a, T>,
    /// Numeric columns sort by this and are aligned to the right.
    pub(super) value: Option<ValueOf<'a, T>>,
    /// Draws the cell instead of its text.
    pub(super) paint: Option<PaintOf<'a, T>>,
    /// Full text under the pointer.
    pub(super) hover: Option<TextOf<'a, T>>,
    pub(super) width: f32,
    pub(super) takes_rest: bool,
    pub(super) right: bool,
    pub(super) strong: bool,
}

impl<'a, T> TableColumn<'a, T> {
    /// A column of text, sorted alphabetically.
    pub fn text(title: impl Into<String>, text: impl Fn(&T) -> String + 'a) -> Self {
        let title = title.into();
        Self {
            width: (title.chars().count() as f32 * TEXT_BODY * 0.6 + 24.0).max(80.0),
            title,
            text: Box::new(text),
            value: None,
            paint: None,
            hover: None,
            takes_rest: false,
            right: false,
            strong: false,
        }
    }

    /// A column of numbers; a dash where there is none.
    pub fn number(
        title: impl Into<String>,
        value: impl Fn(&T) -> Option<f64> + Clone + 'a,
        print: impl Fn(f64) -> String + 'a,
    ) -> Self {
        let of = value.clone();
        let mut column = Self::text(title, move |row| {
            of(row).map_or_else(|| "–".to_owned(), &print)
        });
        column.value = Some(Box::new(value));
        column.right = true;
        column
    }

    /// Sorts by a number that is not what is shown.
    #[must_use]
    pub fn sorted_by(mut self, value: impl Fn(&T) -> Option<f64> + 'a) -> Self {
        self.value = Some(Box::new(value));
        self
    }

    /// Draws cells; the text is still what is filtered, copied and read out.
    #[must_use]
    pub fn painted(mut self, paint: impl Fn(&mut Ui, &T) + 'a) -> Self {
        self.paint = Some(Box::new(paint));
        self
    }

    /// Says more under the pointer.
    #[must_use]
    pub fn on_hover(mut self, hover: impl Fn(&T) -> String + 'a) -> Self {
        self.hover = Some(Box::new(hover));
        self
    }

    /// Width in points.
    #[must_use]
    pub const fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// Takes the width that the others leave.
    #[must_use]
    pub const fn rest(mut self) -> Self {
        self.takes_rest = true;
        self
    }

    /// In the heavier weight, for the column that names the row.
    #[must_use]
    pub const fn strong(mut self) -> Self {
        self.strong = true;
        self
    }

    /// Aligned to the right although it is text (values printed by an analysis).
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.right = true;
        self
    }
}
