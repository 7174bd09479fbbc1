//! Header blocks: name and value pairs, compressed by zlib with a dictionary that both ends know. One compression
//! context a direction lasts for the whole connection, so blocks must be read in order and all of them.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

/// What one header block may grow to: an exec's command is an URL's query, not a header.
const LIMIT: usize = 64 << 10;

/// The words of the dictionary that stand with their length in front.
const WORDS: &str = "options head post put delete trace accept accept-charset accept-encoding accept-language \
    accept-ranges age allow authorization cache-control connection content-base content-encoding content-language \
    content-length content-location content-md5 content-range content-type date etag expect expires from host \
    if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma \
    proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade \
    user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie \
    keep-alive origin";

/// The rest of the dictionary.
const TAIL: &str = "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505\
    203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden\
    404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug \
    Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,\
    application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdch\
    charset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

fn dictionary() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1423);
    for word in WORDS.split_ascii_whitespace() {
        let word = word.replace('_', " ");
        bytes.extend_from_slice(&(word.len() as u32).to_be_bytes());
        bytes.extend_from_slice(word.as_bytes());
    }
    bytes.extend_from_slice(TAIL.as_bytes());
    bytes
}

/// Headers in order, names in lower case.
pub type Headers = Vec<(String, String)>;

/// Reads header blocks.
pub struct Reader(Decompress);

impl Reader {
    pub fn new() -> Self {
        Self(Decompress::new(true))
    }

    /// Reads one block.
    pub fn read(&mut self, block: &[u8]) -> Result<Headers, &'static str> {
        let plain = self.inflate(block)?;
        let mut rest = plain.as_slice();
        let count = number(&mut rest)?;
        let mut headers = Vec::new();
        for _ in 0..count {
            headers.push((text(&mut rest)?.to_ascii_lowercase(), text(&mut rest)?));
        }
        Ok(headers)
    }

    fn inflate(&mut self, mut input: &[u8]) -> Result<Vec<u8>, &'static str> {
        let mut plain = Vec::with_capacity(1024);
        while plain.len() <= LIMIT {
            plain.reserve(1024);
            let before = self.0.total_in();
            match self.0.decompress_vec(input, &mut plain, FlushDecompress::Sync) {
                Ok(flate2::Status::StreamEnd) => return Err("the header stream has ended"),
                Ok(_) => {}
                Err(error) if error.needs_dictionary().is_some() => {
                    self.0.set_dictionary(&dictionary()).map_err(|_| "the dictionary is another one")?;
                }
                Err(_) => return Err("a header block does not decompress"),
            }
            input = &input[(self.0.total_in() - before) as usize..];
            // Room left over means that nothing more is to come of this input.
            if input.is_empty() && plain.len() < plain.capacity() {
                return Ok(plain);
            }
        }
        Err("a header block is too large")
    }
}

fn number(rest: &mut &[u8]) -> Result<u32, &'static str> {
    let (head, tail) = rest.split_first_chunk::<4>().ok_or("a header block is too short")?;
    *rest = tail;
    Ok(u32::from_be_bytes(*head))
}

fn text(rest: &mut &[u8]) -> Result<String, &'static str> {
    let length = number(rest)? as usize;
    let (head, tail) = rest.split_at_checked(length).ok_or("a header block is too short")?;
    *rest = tail;
    String::from_utf8(head.to_vec()).map_err(|_| "a header is not UTF-8")
}

/// Writes header blocks.
pub struct Writer(Compress);

impl Writer {
    pub fn new() -> Self {
        let mut compress = Compress::new(Compression::best(), true);
        // Cannot fail before the first byte is compressed.
        let _ = compress.set_dictionary(&dictionary());
        Self(compress)
    }

    /// Writes one block.
    pub fn write(&mut self, headers: &[(&str, &str)]) -> Vec<u8> {
        let mut plain = (headers.len() as u32).to_be_bytes().to_vec();
        for text in headers.iter().flat_map(|(name, value)| [name, value]) {
            plain.extend_from_slice(&(text.len() as u32).to_be_bytes());
            plain.extend_from_slice(text.as_bytes());
        }
        let mut block = Vec::with_capacity(plain.len() + 64);
        let mut input = plain.as_slice();
        loop {
            let before = self.0.total_in();
            let done = self.0.compress_vec(input, &mut block, FlushCompress::Sync);
            input = &input[(self.0.total_in() - before) as usize..];
            if done.is_err() || (input.is_empty() && block.len() < block.capacity()) {
                return block;
            }
            block.reserve(256);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_spdys() {
        assert_eq!(dictionary().len(), 1423);
        // zlib names a dictionary by its checksum, right behind the two bytes of its own header.
        assert_eq!(Writer::new().write(&[])[2..6], [0xe3, 0xc6, 0xa7, 0xc2]);
    }

    #[test]
    fn blocks_are_read_in_order() {
        let (mut writer, mut reader) = (Writer::new(), Reader::new());
        let long = "x".repeat(5000);
        for headers in
            [vec![("streamType", "stdin")], vec![], vec![("port", "80"), ("requestID", "0"), ("long", &long)]]
        {
            let block = writer.write(&headers);
            let expected: Headers = headers.iter().map(|(n, v)| (n.to_ascii_lowercase(), (*v).to_owned())).collect();
            assert_eq!(reader.read(&block), Ok(expected));
        }
    }

    #[test]
    fn broken_blocks_are_errors() {
        assert!(Reader::new().read(b"\xff\xff\xff\xff").is_err());
        assert!(Reader::new().read(&[]).is_err());
        let mut block = Writer::new().write(&[("a", "b")]);
        block.truncate(9);
        assert!(Reader::new().read(&block).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_block_panics(noise in proptest::collection::vec(proptest::num::u8::ANY, 0..80), at in 0usize..80) {
            let _ = Reader::new().read(&noise);
            // Nor one that is right but for a few bytes.
            let mut block = Writer::new().write(&[("streamtype", "error"), ("port", "80")]);
            let at = at % block.len();
            block.truncate(at + 1);
            block.extend_from_slice(&noise);
            let mut reader = Reader::new();
            let _ = reader.read(&block);
            let _ = reader.read(&noise);
        }
    }
}
