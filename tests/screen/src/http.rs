//! One request, one answer, over a plain connection to this computer.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// Sends `body` to `path` on `port` of this computer, and gives back the member `value` of the answer.
///
/// # Errors
/// When nobody listens, when the answer is not one of WebDriver's, or when it says that something went wrong.
pub fn call(port: u16, method: &str, path: &str, body: &Value) -> io::Result<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let text = if method == "POST" { body.to_string() } else { String::new() };
    let length = text.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{text}"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    value_of(&answer)
}

fn value_of(answer: &[u8]) -> io::Result<Value> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| io::Error::other("an answer without an end"))?;
    let mut answer: Value = serde_json::from_str(body)?;
    let value = answer.get_mut("value").map(Value::take).unwrap_or_default();
    if head.starts_with("HTTP/1.1 200") { Ok(value) } else { Err(io::Error::other(value.to_string())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_taken_out_of_an_answer() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"value\":\"x\"}";
        assert_eq!(value_of(answer).expect("a good answer"), "x");
    }

    #[test]
    fn refusals_and_half_answers_are_errors() {
        let refusal = b"HTTP/1.1 404 Not Found\r\n\r\n{\"value\":{\"error\":\"no such element\"}}";
        assert!(value_of(refusal).expect_err("404").to_string().contains("no such element"));
        assert!(value_of(b"HTTP/1.1 200 OK\r\n\r\n{\"val").is_err());
        assert!(value_of(b"HTTP/1.1 200 OK").is_err());
    }
}
