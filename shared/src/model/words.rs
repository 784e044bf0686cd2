//! Numbers in words, the same for every text that people read.

/// `1 block`, `2 blocks`.
#[must_use]
pub fn counted(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_singular_and_all_others_are_plural() {
        let texts = [0, 1, 2].map(|number| counted(number, "block"));
        assert_eq!(texts, ["0 blocks", "1 block", "2 blocks"]);
    }
}
