//! `vltava log dump`: what is in the files of a log directory, by the ending of their names.
//!
//! It reads with nothing but the formats: no node has to run, and none is disturbed. A damaged file
//! is shown up to the damage, which is then named, and the exit code is 1.
//!
//! `vltava log recover`: see `broker::log_recovery`.

use std::io::Write;
use std::path::{Path, PathBuf};

use base::WallMs;
use bytes::Bytes;
use clap::{Args, Subcommand};
use io::RealEnv;
use protocol::record_types::metadata::MetadataRecord;
use records::batch::Entry;
use records::{BatchHeader, ControlType, Entries, Record, crc_is_valid, records_of};
use serde_json::{Value, json};

use crate::arguments::OutputArguments;
use crate::failure::{Failure, Outcome};
use crate::output::{print_json, print_line};

/// The most bytes that one batch may decompress to.
const BATCH_BYTES_MAX: usize = 1 << 30;

/// Look into the files of a log directory
#[derive(Debug, Args)]
pub struct Log {
    #[command(subcommand)]
    command: LogCommand,
}

#[derive(Debug, Subcommand)]
enum LogCommand {
    Dump(Dump),
    Recover(Recover),
}

/// Make a log directory whole after a crash, for Apache Kafka or for a copy
#[derive(Debug, Args)]
struct Recover {
    /// A directory of `log.dirs` that no node is running on
    directory: PathBuf,
    #[command(flatten)]
    output: OutputArguments,
}

impl Recover {
    fn run(&self) -> Outcome {
        let recovered = broker::log_recovery::recover_directory(&self.directory, &RealEnv::new())
            .map_err(Failure::failed)?;
        for note in &recovered.notes {
            eprintln!("note: {note}");
        }
        if self.output.json {
            return print_json(&json!({
                "logs": recovered.logs, "bytesReplayed": recovered.bytes_replayed,
                "wasClean": recovered.was_clean,
            }));
        }
        if recovered.was_clean {
            return print_line("the last stop was clean: there is nothing to recover");
        }
        print_line(&format!(
            "recovered {} logs; {} bytes came from the journal",
            recovered.logs, recovered.bytes_replayed
        ))
    }
}

/// Print batches, indexes, snapshots and checkpoints
#[derive(Debug, Args)]
struct Dump {
    /// Files ending in .log, .index, .timeindex, .txnindex, .snapshot, .checkpoint, or a checkpoint of texts
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print each record, too
    #[arg(long, short)]
    records: bool,
    /// Decode records as those of the metadata log; implied by the folder `__cluster_metadata-0`
    #[arg(long)]
    cluster_metadata: bool,
    #[command(flatten)]
    output: OutputArguments,
}

impl Log {
    pub fn run(self) -> Outcome {
        let dump = match self.command {
            LogCommand::Dump(dump) => dump,
            LogCommand::Recover(recover) => return recover.run(),
        };
        let mut damaged = 0;
        for path in &dump.files {
            if let Err(reason) = dump.file(path)? {
                eprintln!("error: could not read {} any further: {reason}", path.display());
                damaged += 1;
            }
        }
        if damaged > 0 { Err(Failure::Reported) } else { Ok(()) }
    }
}

/// What is wrong with a file, if anything is.
type Damage = Result<(), String>;

/// Numbers of a fixed width at a position; the caller has cut the slice to fit.
fn number<const N: usize>(bytes: &[u8], at: usize) -> i64 {
    let mut wide = [0; 8];
    let Some(bytes) = bytes.get(at..at + N) else { return -1 };
    if bytes[0] & 0x80 != 0 {
        wide = [0xff; 8];
    }
    wide[8 - N..].copy_from_slice(bytes);
    i64::from_be_bytes(wide)
}

impl Dump {
    fn file(&self, path: &Path) -> Result<Damage, Failure> {
        let bytes = std::fs::read(path).map_err(|error| {
            Failure::failed(format!("could not read {}: {error}", path.display()))
        })?;
        if !self.output.json && self.files.len() > 1 {
            print_line(&format!("== {}", path.display()))?;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_metadata = self.cluster_metadata
            || path.parent().is_some_and(|parent| parent.ends_with("__cluster_metadata-0"))
            || name == "bootstrap.checkpoint";
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("log") => self.batches(bytes, is_metadata),
            Some("checkpoint") => self.batches(bytes, true),
            Some("index") => self.rows(&bytes, 8, |row, base| {
                json!({ "offset": base + number::<4>(row, 0), "position": number::<4>(row, 4) })
            }, base_of(&name)),
            Some("timeindex") => self.rows(&bytes, 12, |row, base| {
                json!({ "timestamp": number::<8>(row, 0), "offset": base + number::<4>(row, 8) })
            }, base_of(&name)),
            Some("txnindex") => self.rows(&bytes, 34, |row, _| {
                json!({
                    "version": number::<2>(row, 0), "producerId": number::<8>(row, 2),
                    "firstOffset": number::<8>(row, 10), "lastOffset": number::<8>(row, 18),
                    "lastStableOffset": number::<8>(row, 26),
                })
            }, 0),
            Some("snapshot") => self.producers(&bytes),
            _ => self.text(&bytes),
        }
    }

    fn say(&self, value: &Value) -> Outcome {
        if self.output.json {
            return print_line(&value.to_string());
        }
        let Value::Object(fields) = value else { return print_line(&value.to_string()) };
        let fields = fields.iter().map(|(key, value)| match value {
            Value::String(text) => format!("{key}: {text}"),
            other => format!("{key}: {other}"),
        });
        print_line(&fields.collect::<Vec<_>>().join("  "))
    }

    /// Rows of `width` bytes; an index file may end with rows of zeros that were made ahead.
    fn rows(
        &self,
        bytes: &[u8],
        width: usize,
        row: impl Fn(&[u8], i64) -> Value,
        base: i64,
    ) -> Result<Damage, Failure> {
        let mut rows = bytes.chunks_exact(width);
        for (index, bytes) in rows.by_ref().enumerate() {
            if index > 0 && bytes.iter().all(|byte| *byte == 0) {
                return Ok(Ok(()));
            }
            self.say(&row(bytes, base))?;
        }
        Ok(match rows.remainder().len() {
            0 => Ok(()),
            count => Err(format!("{count} bytes after the last row of {width} bytes")),
        })
    }

    fn producers(&self, bytes: &[u8]) -> Result<Damage, Failure> {
        const HEADER: usize = 10;
        const ENTRY: usize = 46;
        let Some(entries) = bytes.get(HEADER..) else {
            return Ok(Err("it is shorter than its header".to_owned()));
        };
        let (version, crc, count) =
            (number::<2>(bytes, 0), number::<4>(bytes, 2) as u32, number::<4>(bytes, 6));
        self.say(&json!({ "version": version, "crc": crc, "producers": count }))?;
        for entry in entries.chunks_exact(ENTRY) {
            self.say(&json!({
                "producerId": number::<8>(entry, 0), "producerEpoch": number::<2>(entry, 8),
                "lastSequence": number::<4>(entry, 10), "lastOffset": number::<8>(entry, 14),
                "offsetDelta": number::<4>(entry, 22), "timestamp": number::<8>(entry, 26),
                "coordinatorEpoch": number::<4>(entry, 34),
                "currentTransactionFirstOffset": number::<8>(entry, 38),
            }))?;
        }
        Ok(Ok(()))
    }

    fn text(&self, bytes: &[u8]) -> Result<Damage, Failure> {
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                text.lines().try_for_each(print_line)?;
                Ok(Ok(()))
            }
            Err(_) => Ok(Err("it is neither a file of a known ending nor a text".to_owned())),
        }
    }

    fn batches(&self, bytes: Vec<u8>, is_metadata: bool) -> Result<Damage, Failure> {
        let bytes = Bytes::from(bytes);
        let mut position = 0;
        for entry in Entries::new(&bytes) {
            match entry {
                Ok(Entry::Batch(header, batch)) => {
                    self.say(&batch_json(&header, batch, position))?;
                    if let Err(reason) = self.records(&header, batch, is_metadata)? {
                        return Ok(Err(format!("batch at position {position}: {reason}")));
                    }
                    position += batch.len();
                }
                Ok(Entry::Legacy(header, message)) => {
                    let text = format!("{header:?}");
                    self.say(
                        &json!({ "position": position, "size": message.len(), "message": text }),
                    )?;
                    position += message.len();
                }
                Err(reason) => return Ok(Err(format!("at position {position}: {reason}"))),
            }
        }
        let rest = &bytes[position..];
        Ok(match rest.iter().all(|byte| *byte == 0) {
            // Space made ready ahead of the appends, or nothing.
            true => Ok(()),
            false => {
                Err(format!("{} bytes after position {position} are no whole batch", rest.len()))
            }
        })
    }

    fn records(
        &self,
        header: &BatchHeader,
        batch: &[u8],
        is_metadata: bool,
    ) -> Result<Damage, Failure> {
        if !self.records && !is_metadata {
            return Ok(Ok(()));
        }
        let mut scratch = Vec::new();
        let walk = match records_of(batch, &mut scratch, BATCH_BYTES_MAX) {
            Ok(walk) => walk,
            Err(reason) => return Ok(Err(reason.to_string())),
        };
        for record in walk {
            let record = match record {
                Ok(record) => record,
                Err(reason) => return Ok(Err(reason.to_string())),
            };
            let value = record_json(header, &record, is_metadata);
            if !self.output.json {
                let mut out = std::io::stdout().lock();
                out.write_all(b"  | ")?;
            }
            self.say(&value)?;
        }
        Ok(Ok(()))
    }
}

/// The offset in a file's name.
fn base_of(name: &str) -> i64 {
    name.split('.').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn batch_json(header: &BatchHeader, batch: &[u8], position: usize) -> Value {
    let attributes = header.attributes;
    json!({
        "baseOffset": header.base_offset.0, "lastOffset": header.last_offset().0,
        "count": header.record_count, "baseSequence": header.base_sequence.0,
        "producerId": header.producer_id.0, "producerEpoch": header.producer_epoch.0,
        "leaderEpoch": header.leader_epoch.0, "transactional": attributes.is_transactional(),
        "control": attributes.is_control(), "deleteHorizon": header.delete_horizon().map(|WallMs(ms)| ms),
        "position": position, "maxTimestamp": header.max_timestamp.0, "size": batch.len(),
        "magic": header.magic, "crc": header.crc, "isValid": crc_is_valid(batch),
        "codec": attributes.codec().map_or("unknown", |codec| codec.name()),
    })
}

fn record_json(header: &BatchHeader, record: &Record<'_>, is_metadata: bool) -> Value {
    let text = |bytes: Option<&[u8]>| bytes.map(|b| String::from_utf8_lossy(b).into_owned());
    let (offset, timestamp) = (record.offset(header).0, record.timestamp(header).0);
    if header.attributes.is_control() {
        let kind = record.key.map(ControlType::parse);
        return json!({ "offset": offset, "timestamp": timestamp, "control": format!("{kind:?}") });
    }
    if is_metadata {
        let value = Bytes::copy_from_slice(record.value.unwrap_or_default());
        return match MetadataRecord::decode(value) {
            Ok((decoded, version)) => json!({
                "offset": offset, "version": version, "record": format!("{decoded:?}"),
            }),
            Err(reason) => json!({ "offset": offset, "undecodable": reason.to_string() }),
        };
    }
    let headers = record.headers.map(|header| {
        format!(
            "{}={}",
            String::from_utf8_lossy(header.key),
            text(header.value).unwrap_or_default()
        )
    });
    json!({
        "offset": offset, "timestamp": timestamp, "key": text(record.key),
        "value": text(record.value), "headers": headers.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_big_endian_and_keep_their_sign() {
        assert_eq!(number::<4>(&[0xff, 0xff, 0xff, 0xfe], 0), -2);
        assert_eq!(number::<2>(&[0, 1, 0, 2], 2), 2);
        assert_eq!(number::<8>(&[0; 4], 0), -1, "a row that is cut short has no number");
    }

    #[test]
    fn an_index_row_counts_from_the_offset_in_the_files_name() {
        assert_eq!(base_of("00000000000000000042.index"), 42);
        assert_eq!(base_of("meta.properties"), 0);
    }
}
