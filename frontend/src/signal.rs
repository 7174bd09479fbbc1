//! Signals and memos as Leptos has them, but with what keeps them up to date compiled once, and not once a type: Leptos'
//! own trigger and memo tell only that something has changed, and the values lie beside them.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use leptos::prelude::{
    ArcMemo, ArcTrigger, Get, GetUntracked, GetValue, LocalStorage, Notify, StoredValue, Track, UpdateValue,
};

/// A value that is told of when it changes. It lives as long as its owner; who asks for it later fails, and what is
/// told to it later is lost.
pub struct RwSignal<T>(Place<Cell<T>>);

/// A value that is made of others, anew when one of them has changed; who follows it is told when it is another then.
pub struct Memo<T>(Place<Made<T>>);

struct Cell<T> {
    value: RefCell<T>,
    changed: ArcTrigger,
}

struct Made<T> {
    value: Rc<RefCell<Option<T>>>,
    version: ArcMemo<u32>,
}

/// Where something lies, among what the owner has.
struct Place<T> {
    at: StoredValue<Rc<dyn Any>, LocalStorage>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Place<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Place<T> {}

impl<T: 'static> Place<T> {
    fn new(content: T) -> Self {
        Self { at: StoredValue::new_local(Rc::new(content)), of: PhantomData }
    }

    fn try_content(self) -> Option<Rc<T>> {
        self.at.try_get_value()?.downcast().ok()
    }

    fn content(self) -> Rc<T> {
        self.try_content().expect("its owner is there")
    }
}

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T: 'static> RwSignal<T> {
    /// With a first value.
    pub fn new(value: T) -> Self {
        Self(Place::new(Cell { value: RefCell::new(value), changed: ArcTrigger::new() }))
    }

    /// Looks at the value, and follows it.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        let cell = self.0.content();
        cell.changed.track();
        look(&cell.value.borrow())
    }

    /// Looks at the value.
    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.0.content().value.borrow())
    }

    /// The value, which is followed.
    pub fn get(self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// The value.
    pub fn get_untracked(self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }

    /// Changes the value, if it is still there, and tells.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        self.try_update(change);
    }

    /// Changes the value, if it is still there, and tells; with what the change says.
    pub fn try_update<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let cell = self.0.try_content()?;
        let said = change(&mut cell.value.borrow_mut());
        cell.changed.notify();
        Some(said)
    }

    /// Another value, if it is still there, and tells.
    pub fn set(self, value: T) {
        if let Some(cell) = self.0.try_content() {
            drop(cell.value.replace(value));
            cell.changed.notify();
        }
    }
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: PartialEq + 'static> Memo<T> {
    /// By how it is made.
    pub fn new(make: impl Fn() -> T + 'static) -> Self {
        Self::of(Box::new(make))
    }

    fn of(make: Box<dyn Fn() -> T>) -> Self {
        let value = Rc::new(RefCell::new(None));
        let own = value.clone();
        let version = versions(Box::new(move || {
            let made = Some(make());
            let differs = *own.borrow() != made;
            if differs {
                drop(own.replace(made));
            }
            differs
        }));
        Self(Place::new(Made { value, version }))
    }
}

impl<T: 'static> Memo<T> {
    /// Looks at the value, and follows it.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        let made = self.0.content();
        made.version.get();
        made.look(look)
    }

    /// The value, which is followed.
    pub fn get(self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// The value.
    pub fn get_untracked(self) -> T
    where
        T: Clone,
    {
        self.try_get_untracked().expect("its owner is there")
    }

    /// The value, if it is still there.
    pub fn try_get_untracked(self) -> Option<T>
    where
        T: Clone,
    {
        let made = self.0.try_content()?;
        made.version.get_untracked();
        Some(made.look(T::clone))
    }

    /// Follows it.
    pub fn track(self) {
        self.with(|_| ());
    }
}

impl<T> Made<T> {
    fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(self.value.borrow().as_ref().expect("it has been made"))
    }
}

/// Counts what differed, whenever something that was read in `make` has changed.
fn versions(make: Box<dyn FnMut() -> bool>) -> ArcMemo<u32> {
    let make = StoredValue::new_local(make);
    ArcMemo::new(move |last: Option<&u32>| {
        let differs = make.try_update_value(|make| make()).unwrap_or_default();
        last.copied().unwrap_or_default() + u32::from(differs)
    })
}
