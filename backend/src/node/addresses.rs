//! A node's Pod addresses: handed out from its range, given back when a Pod is over. Pure; what is taken is
//! re-observed from the engine after a restart.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::Ipv4Addr;

/// The addresses of one range.
#[derive(Clone, Debug)]
pub struct Addresses {
    first: u32,
    last: u32,
    next: u32,
    taken: BTreeMap<Ipv4Addr, String>,
}

impl Addresses {
    /// All of a range but its network address, `.1` and its broadcast address. `None` when it is not `a.b.c.d/n`, n ≤ 29.
    pub fn of(cidr: &str) -> Option<Self> {
        let (base, bits) = cidr.split_once('/')?;
        let base = u32::from(base.parse::<Ipv4Addr>().ok()?);
        let size = 1u32.checked_shl(32 - bits.parse::<u32>().ok().filter(|b| (8..=29).contains(b))?)?;
        let base = base & !(size - 1);
        Some(Self { first: base + 2, last: base + size - 2, next: base + 2, taken: BTreeMap::new() })
    }

    /// A free address for `owner`; the one it has, if it has one. Addresses go round, so that one that was just given
    /// back is not at once another Pod's.
    pub fn take(&mut self, owner: &str) -> Option<Ipv4Addr> {
        if let Some((ip, _)) = self.taken.iter().find(|(_, o)| *o == owner) {
            return Some(*ip);
        }
        for _ in self.first..=self.last {
            let ip = Ipv4Addr::from(self.next);
            self.next = if self.next == self.last { self.first } else { self.next + 1 };
            if let Entry::Vacant(free) = self.taken.entry(ip) {
                free.insert(owner.to_owned());
                return Some(ip);
            }
        }
        None
    }

    /// Notes an address that is in use already.
    pub fn adopt(&mut self, ip: Ipv4Addr, owner: &str) {
        let number = u32::from(ip);
        if (self.first..=self.last).contains(&number) {
            self.taken.insert(ip, owner.to_owned());
            if number >= self.next {
                self.next = if number == self.last { self.first } else { number + 1 };
            }
        }
    }

    /// Makes the address of one the address of another.
    pub fn hand_over(&mut self, from: &str, to: &str) {
        for owner in self.taken.values_mut().filter(|owner| *owner == from) {
            to.clone_into(owner);
        }
    }

    /// Gives back what `owner` has.
    pub fn release(&mut self, owner: &str) {
        self.taken.retain(|_, o| o != owner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_round_and_run_out() {
        let mut pool = Addresses::of("10.42.1.0/29").unwrap();
        let take = |pool: &mut Addresses, owner: &str| pool.take(owner).map(|ip| ip.to_string());
        assert_eq!(take(&mut pool, "a").as_deref(), Some("10.42.1.2"));
        assert_eq!(take(&mut pool, "b").as_deref(), Some("10.42.1.3"));
        assert_eq!(take(&mut pool, "a").as_deref(), Some("10.42.1.2"), "an owner keeps its address");
        pool.release("a");
        assert_eq!(take(&mut pool, "c").as_deref(), Some("10.42.1.4"), "not at once someone else's");
        pool.adopt("10.42.1.5".parse().unwrap(), "d");
        assert_eq!(take(&mut pool, "e").as_deref(), Some("10.42.1.6"));
        assert_eq!(take(&mut pool, "f").as_deref(), Some("10.42.1.2"));
        assert_eq!(take(&mut pool, "g"), None);
        pool.hand_over("f", "g");
        assert_eq!(take(&mut pool, "g").as_deref(), Some("10.42.1.2"));
        assert!(Addresses::of("10.42.1.0").is_none() && Addresses::of("10.42.1.0/31").is_none());
    }
}
