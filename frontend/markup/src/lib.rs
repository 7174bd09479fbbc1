//! `view!` of the page: the syntax of Leptos' macro, but each element, attribute and child becomes a call of
//! `frontend::ui::element`, and not a type of its own that is compiled once a use.
//!
//! Of its attributes, `on:EVENT` is a listener, `prop:NAME` a property, `class:NAME` a class that is there or not, and
//! `node_ref` takes the element; every other one is HTML's. Components are functions that are called in `{}`.

use proc_macro::TokenStream;
use proc_macro2::{Span, TokenStream as Tokens};
use quote::{ToTokens, quote};
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeElement};

/// A `crate::ui::view::View` of elements, texts in quotes and expressions in braces.
#[proc_macro]
pub fn view(markup: TokenStream) -> TokenStream {
    expand(markup.into()).into()
}

fn expand(markup: Tokens) -> Tokens {
    rstml::parse2(markup).map_or_else(|error| error.into_compile_error(), |nodes| all(&nodes))
}

fn all(nodes: &[Node]) -> Tokens {
    let views = nodes.iter().map(|node| {
        let node = match node {
            Node::Element(element) => self::element(element),
            other => content(other),
        };
        quote!(crate::ui::view::ToView::to_view(#node))
    });
    let view = match nodes.len() {
        1 => quote!(#(#views)*),
        _ => quote!(crate::ui::view::View::Many(::std::vec![#(#views),*])),
    };
    quote!({
        #[allow(unused_braces)]
        let view = #view;
        view
    })
}

/// Of a node that is no element.
fn content(node: &Node) -> Tokens {
    match node {
        Node::Text(text) => text.value.to_token_stream(),
        Node::Block(block) => block.to_token_stream(),
        other => refused(other, "only elements, texts in quotes and expressions in braces have a place here"),
    }
}

fn element(element: &NodeElement<rstml::Infallible>) -> Tokens {
    // The tag, then names and values of what is always the same, in one text.
    let mut open = element.name().to_string();
    let (mut calls, mut last) = (Vec::new(), Vec::new());
    for attribute in element.attributes() {
        let NodeAttribute::Attribute(attribute) = attribute else {
            calls.push(refused(attribute, "an attribute has a name"));
            continue;
        };
        let name = attribute.key.to_string();
        match (attribute.value_literal_string(), name.contains(':')) {
            (Some(value), false) => open.push_str(&format!("\n{name}\n{value}")),
            // A list has to have its items before one of them can be its value.
            _ if name.starts_with("prop:") => last.push(call(&name, attribute)),
            _ => calls.push(call(&name, attribute)),
        }
    }
    let children = element.children.iter().map(|node| match node {
        Node::Element(element) => {
            let element = self::element(element);
            quote!(.element(#element))
        }
        other => {
            let content = content(other);
            quote!(.child(#content))
        }
    });
    quote!(crate::ui::element::Element::new(#open) #(#calls)* #(#children)* #(#last)*)
}

fn call(name: &str, attribute: &KeyedAttribute) -> Tokens {
    let Some(value) = attribute.value() else { return refused(attribute, "an attribute has a value") };
    match name.split_once(':') {
        Some(("on", event)) => {
            let of = proc_macro2::Ident::new(event, Span::call_site());
            quote!(.on(::leptos::ev::#of, #event, #value))
        }
        Some(("prop", name)) => quote!(.property(#name, #value)),
        Some(("class", name)) => quote!(.class(#name, #value)),
        Some(_) => refused(attribute, "what stands before the colon is `on`, `prop` or `class`"),
        None if name == "node_ref" => quote!(.held_by(#value)),
        None => quote!(.attribute(#name, #value)),
    }
}

fn refused(what: &impl ToTokens, why: &str) -> Tokens {
    let told = format!("{why}: {}", what.to_token_stream());
    quote!(::std::compile_error!(#told))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markup: Tokens, expected: Tokens) {
        let (found, expected) = (expand(markup).to_string(), expected.to_string());
        assert!(found.contains(&expected), "{found}\nhas not\n{expected}");
    }

    #[test]
    fn markup_is_calls() {
        check(quote!(<br/>), quote!(crate::ui::element::Element::new("br")));
        check(quote!(<a href="/" rel="x">"y"</a>), quote!(Element::new("a\nhref\n/\nrel\nx").child("y")));
        check(quote!(<p data-x=y>{z}</p>), quote!(new("p").attribute("data-x", y).child({ z })));
        check(quote!(<p><b/></p>), quote!(new("p").element(crate::ui::element::Element::new("b"))));
        check(quote!(<p on:click=f/>), quote!(.on(::leptos::ev::click, "click", f)));
        check(quote!(<p class:x=y node_ref=z/>), quote!(.class("x", y).held_by(z)));
        check(quote!({ a } { b }), quote!(crate::ui::view::View::Many));
    }

    #[test]
    fn properties_come_after_children() {
        check(quote!(<select prop:value=x>{y}</select>), quote!(.child({ y }).property("value", x)));
        check(quote!(<input prop:value="" id="x"/>), quote!(new("input\nid\nx").property("value", "")));
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        for markup in
            [quote!(<p style:color="red"/>), quote!(<p hidden/>), quote!(<p {x}/>), quote!(<p>), quote!(<></>)]
        {
            check(markup, quote!(compile_error!));
        }
    }
}
