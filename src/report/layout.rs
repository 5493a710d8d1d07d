//! Lays out plain text: aligns columns and wraps long lines.
//!
//! Templates write cells of a row with a tab between them and leave widths alone. Consecutive lines
//! with tabs form one table: its columns get the width of their widest cell, columns of figures are
//! flush right, and what does not fit into the last column goes on below it. Other lines wrap at
//! spaces and go on at their own indent, or below the text of a `-` or `1.` item. Lines that start
//! with `$ ` are commands to be copied and stay whole.

/// Space between two columns.
const GUTTER: usize = 2;

/// Where the last column has less room than this, it gets a line of its own.
const LEAST_ROOM: usize = 24;

/// Lays out `text` in at most `width` characters per line; a single word or a command may be longer.
///
/// Trailing spaces go, runs of empty lines become one, and the text ends with one line break.
#[must_use]
pub(super) fn lay_out(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut table: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.contains('\t') {
            table.push(line);
            continue;
        }
        lines.append(&mut align(&table, width));
        table.clear();
        lines.append(&mut wrap(line, width, hanging_indent(line)));
    }
    lines.append(&mut align(&table, width));
    lines.dedup_by(|next, previous| next.is_empty() && previous.is_empty());
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
    format!("{}\n", lines[first..].join("\n").trim_end())
}

/// Characters of a text: good enough for Latin script, which is all that summaries are written in.
fn width_of(text: &str) -> usize {
    text.chars().count()
}

fn align(rows: &[&str], width: usize) -> Vec<String> {
    let indent = rows.first().map_or(0, |row| indent_of(row));
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.split('\t').map(str::trim).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let column = |index: usize| rows.iter().filter_map(move |row| row.get(index).copied());
    let widths: Vec<usize> =
        (0..columns).map(|index| column(index).map(width_of).max().unwrap_or(0)).collect();
    let figures: Vec<bool> = (0..columns).map(|index| is_figures(column(index))).collect();
    rows.iter()
        .flat_map(|row| {
            let mut line = " ".repeat(indent);
            for (index, cell) in row.iter().enumerate().take(columns.saturating_sub(1)) {
                let fill = " ".repeat(widths[index] - width_of(cell));
                let gutter = " ".repeat(GUTTER);
                let parts = if figures[index] { [&fill, *cell, &gutter] } else { [*cell, &fill, &gutter] };
                line.extend(parts);
            }
            let last = row.get(columns.saturating_sub(1)).copied().unwrap_or_default();
            let hanging = width_of(&line);
            if hanging + width_of(last) > width && hanging + LEAST_ROOM > width {
                let below = indent + 2 * GUTTER;
                let mut lines = vec![line.trim_end().to_owned()];
                lines.append(&mut wrap(&format!("{}{last}", " ".repeat(below)), width, below));
                return lines;
            }
            wrap(&format!("{line}{last}"), width, hanging)
        })
        .collect()
}

/// True when every cell that is not empty starts like a figure.
fn is_figures<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let mut cells = cells.filter(|cell| !cell.is_empty()).peekable();
    let is_figure =
        |cell: &str| cell.starts_with(|first: char| first.is_ascii_digit() || "+−–€$£<".contains(first));
    cells.peek().is_some() && cells.all(is_figure)
}

fn indent_of(line: &str) -> usize {
    line.chars().take_while(|character| *character == ' ').count()
}

/// Where a wrapped line goes on: below the text of a list item, else at the line's own indent.
fn hanging_indent(line: &str) -> usize {
    let indent = indent_of(line);
    let marker = line.trim_start_matches(' ').split(' ').next().unwrap_or_default();
    let number = marker.strip_suffix('.').unwrap_or_default();
    let is_item = marker == "-" || (!number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit()));
    if is_item { indent + width_of(marker) + 1 } else { indent }
}

fn wrap(line: &str, width: usize, hanging: usize) -> Vec<String> {
    if width_of(line) <= width || line.trim_start().starts_with("$ ") {
        return vec![line.trim_end().to_owned()];
    }
    // Columns before the hanging indent are laid out already and stay together.
    let kept: String = line.chars().take(hanging).collect();
    let mut lines = Vec::new();
    let mut current = kept;
    let mut is_empty = true;
    for word in line.chars().skip(hanging).collect::<String>().split(' ').filter(|word| !word.is_empty()) {
        if !is_empty && width_of(&current) + 1 + width_of(word) > width {
            lines.push(current.trim_end().to_owned());
            current = " ".repeat(hanging);
            is_empty = true;
        }
        if !is_empty {
            current.push(' ');
        }
        current += word;
        is_empty = false;
    }
    lines.push(current.trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_figures_are_flush_right() {
        let text = "  weather\t365\toutside\n  rentals of the year\t1,365\tour own\n";
        assert_eq!(
            lay_out(text, 80),
            "  weather                365  outside\n  rentals of the year  1,365  our own\n"
        );
    }

    #[test]
    fn the_last_column_goes_on_below_itself() {
        let text = "a\tone two three\nbb\tfour";
        assert_eq!(lay_out(text, 30), "a   one two three\nbb  four\n");
        let five = ["word"; 5].join(" ");
        assert_eq!(lay_out(&format!("a\t{five} {five}"), 27), format!("a  {five}\n   {five}\n"));
        assert_eq!(
            lay_out(&format!("  first column\t{five}"), 27),
            "  first column\n      word word word word\n      word\n"
        );
    }

    #[test]
    fn items_go_on_below_their_text() {
        assert_eq!(lay_out("  - one two three", 12), "  - one two\n    three\n");
        assert_eq!(lay_out("  10. one two three", 14), "  10. one two\n      three\n");
        assert_eq!(lay_out("  one two three", 10), "  one two\n  three\n");
    }

    #[test]
    fn tied_spaces_never_break_and_long_words_stay_whole() {
        assert_eq!(lay_out("about 720\u{a0}rentals", 12), "about\n720\u{a0}rentals\n");
        assert_eq!(lay_out("s3://a-very-long-bucket/folder/", 10), "s3://a-very-long-bucket/folder/\n");
        assert_eq!(lay_out("  $ trichter show job.yaml", 10), "  $ trichter show job.yaml\n");
    }

    #[test]
    fn empty_lines_collapse() {
        assert_eq!(lay_out("\n\na\n\n\n\nb\n\n", 20), "a\n\nb\n");
    }
}
