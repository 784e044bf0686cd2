//! Ids as AWS makes them, from randomness that is passed in.

/// A version 4 UUID.
pub(crate) fn uuid(random: &mut fastrand::Rng) -> String {
    let bits = random.u128(..) & !(0xf << 76) & !(0b11 << 62) | (4 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    let parts = parts.map(|(from, to)| hex.get(from..to).unwrap_or_default());
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn an_id_has_the_form_of_a_random_uuid_and_follows_from_the_seed() {
        let mut random = fastrand::Rng::with_seed(1);
        let id = uuid(&mut random);
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]));
        assert_eq!(id, uuid(&mut fastrand::Rng::with_seed(1)));
        assert_ne!(id, uuid(&mut random));
    }
}
