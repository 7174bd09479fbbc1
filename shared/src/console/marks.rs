//! Marks that the console's shell prints where a command begins and ends, found in what it prints. Pure.
//!
//! They are operating system commands (OSC 633, as editors use them), which no terminal shows:
//! `ESC ] 633 ; C BEL` before a command runs, `ESC ] 633 ; D ; code ; keys ; namespace ; directory BEL` behind it. The keys are what
//! was typed while it ran and it did not read, in base64: they belong to the console's next line, not to the shell's.
//! A key that is under way at just that moment still reaches the shell. The namespace is the one of the shell's kubeconfig.

use base64::Engine;

/// What the shell's output is made of.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes for the screen.
    Output(Vec<u8>),
    /// A command begins.
    Begin,
    /// A command has ended.
    End(End),
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// Its exit code.
    pub code: i32,
    /// Keys that it left unread.
    pub keys: String,
    /// The namespace of commands that name none, as the shell's kubeconfig says; empty where it says none.
    pub namespace: String,
    /// Where the shell is.
    pub directory: String,
}

const START: &[u8] = b"\x1b]633;";
const BELL: u8 = 7;

/// What the shell is told first, so that it marks. Its prompt is the console's, so its own is empty. kubectl is asked for
/// the namespace only when the kubeconfig has changed.
pub const SETUP: &str = " stty -echo; bind 'set enable-bracketed-paste off' 2>/dev/null; PS1=; PS2=; PS0=$'\\e]633;C\\a'; \
    PROMPT_COMMAND='_code=$? _keys= _config=$KUBECONFIG$(cat \"${KUBECONFIG:-$HOME/.kube/config}\" 2>/dev/null); \
    [ \"$_config\" = \"$_known\" ] || { _known=$_config; \
    _namespace=$(kubectl config view --minify -o jsonpath={..namespace} 2>/dev/null </dev/null); }; \
    stty -icanon; while read -t 0 && IFS= read -rsN1 _key; do _keys+=$_key; done; stty icanon; \
    printf \"\\033]633;D;%s;%s;%s;%s\\007\" \"$_code\" \
    \"${_keys:+$(printf %s \"$_keys\" | base64 -w0)}\" \"$_namespace\" \"$PWD\"'; stty echo\n";

/// The line that hands a command of one line or of many to the shell: as one word of base64, so that whatever is in it,
/// the shell reads one line.
pub fn packed(command: &str) -> String {
    let word = base64::engine::general_purpose::STANDARD.encode(command);
    format!(" eval \"$(printf %s {word} | base64 -d)\"\n")
}

/// A stream's marks, found over the edges of messages.
#[derive(Default)]
pub struct Marks {
    waiting: Vec<u8>,
}

impl Marks {
    /// The pieces of more bytes. What may be the start of a mark waits for the next.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.waiting.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        loop {
            let Some(at) = find(&self.waiting, START) else {
                let keep = partial(&self.waiting);
                let output: Vec<u8> = self.waiting.drain(..self.waiting.len() - keep).collect();
                push(&mut pieces, output);
                return pieces;
            };
            let Some(end) = self.waiting[at..].iter().position(|b| *b == BELL) else {
                let output: Vec<u8> = self.waiting.drain(..at).collect();
                push(&mut pieces, output);
                return pieces;
            };
            let mark: Vec<u8> = self.waiting.drain(..=at + end).collect();
            push(&mut pieces, mark[..at].to_vec());
            pieces.extend(read(&mark[at + START.len()..mark.len() - 1]));
        }
    }
}

fn push(pieces: &mut Vec<Piece>, output: Vec<u8>) {
    if !output.is_empty() {
        pieces.push(Piece::Output(output));
    }
}

fn read(mark: &[u8]) -> Option<Piece> {
    let text = String::from_utf8_lossy(mark);
    if text == "C" {
        return Some(Piece::Begin);
    }
    let mut parts = text.strip_prefix("D;")?.splitn(4, ';');
    let (code, keys, namespace, directory) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let keys = base64::engine::general_purpose::STANDARD.decode(keys).unwrap_or_default();
    let keys = String::from_utf8_lossy(&keys).into_owned();
    let (namespace, directory) = (namespace.to_owned(), directory.to_owned());
    Some(Piece::End(End { code: code.parse().ok()?, keys, namespace, directory }))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

/// How many bytes at the end could be a mark's start.
fn partial(bytes: &[u8]) -> usize {
    (1..START.len()).rev().find(|n| bytes.ends_with(&START[..*n])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_byte_by_byte() {
        let stream = b"echo\x1b]633;C\x07hello\x1b[0m\x1b]633;D;3;bHMK;dev;/root/a b\x07rest\x1b";
        let expected = [
            Piece::Output(b"echo".to_vec()),
            Piece::Begin,
            Piece::Output(b"hello\x1b[0m".to_vec()),
            Piece::End(End { code: 3, keys: "ls\n".into(), namespace: "dev".into(), directory: "/root/a b".into() }),
            Piece::Output(b"rest".to_vec()),
        ];
        assert_eq!(Marks::default().feed(stream), expected);
        let mut marks = Marks::default();
        let mut joined: Vec<Piece> = Vec::new();
        for piece in stream.iter().flat_map(|b| marks.feed(&[*b])) {
            match (joined.last_mut(), piece) {
                (Some(Piece::Output(before)), Piece::Output(more)) => before.extend(more),
                (_, piece) => joined.push(piece),
            }
        }
        assert_eq!(joined, expected);
    }
}
