//! Published data sets, as columns with the outcome last.

/// The 50 rows of dominance-analysis: x2, x3, x1, x4 and the outcome; `None` when they are not there.
pub(crate) fn dominance_sample() -> Option<Vec<Vec<f64>>> {
    let path = crate::published::published()?.join("importance/data_4_variables.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .collect();
    Some([1, 2, 3, 4, 0].iter().map(|column| rows.iter().map(|row| row[*column]).collect()).collect())
}

/// The diabetes data of Efron et al. (2004), as smartcore carries them.
pub(crate) fn diabetes() -> Vec<Vec<f64>> {
    let data = smartcore::dataset::diabetes::load_dataset();
    let width = data.num_features;
    (0..width)
        .map(|column| data.data.chunks(width).map(|row| f64::from(row[column])).collect())
        .chain([data.target.iter().map(|y| f64::from(*y)).collect()])
        .collect()
}
