//! Skill packs: what is written is what is read, and what is wrong is told as what it is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use checkpoint::pack::{Contents, Index, IndexBase, IndexSkill, Pack, PackChunk, PackError, PackPlan, PackWriter};
use checkpoint::pack::{INDEX_FILE, PackWritten, is_pack, pack_at};
use checkpoint::{Error, Kind, MemorySource, Output, Source};
use protocol::model::{Dtype, TensorSpec};
use protocol::pack::{PackSizes, Rule};
use protocol::recipe::{ChangeType, OutputDtype};
use protocol::report::WrittenFile;
use safetensors::SafeTensors;

use crate::{everything, put};

const TYPES: [ChangeType; 3] = [ChangeType::F32, ChangeType::F16, ChangeType::Int8];

/// A tensor of the body: its change, and the mask of every skill as booleans.
#[derive(Clone)]
struct Part {
    spec: TensorSpec,
    change: Vec<f32>,
    masks: Vec<Vec<bool>>,
}

/// Numbers from a small generator.
fn part(name: &str, shape: &[u64]) -> Part {
    let spec = TensorSpec::new(name, Dtype::BF16, shape);
    let count = spec.elements() as usize;
    let bytes = crate::bytes(name, 3 * count);
    let change = bytes[..count].iter().map(|&byte| (f32::from(byte) - 128.0) / 300.0).collect();
    let mask = |from: usize, below: u8| bytes[from..from + count].iter().map(|&byte| byte < below).collect();
    Part { spec, change, masks: vec![mask(count, 90), mask(2 * count, 20)] }
}

/// A matrix, a long vector, a single number, and a tensor without elements.
fn parts() -> Vec<Part> {
    vec![part("a.weight", &[37, 11]), part("empty", &[0, 4]), part("b.bias", &[70_001]), part("scale", &[])]
}

/// The bits of a mask as numpy.packbits packs them.
fn packed(mask: &[bool]) -> Vec<u8> {
    let byte = |bits: &[bool]| bits.iter().enumerate().fold(0, |byte, (at, &bit)| byte | u8::from(bit) << (7 - at));
    mask.chunks(8).map(byte).collect()
}

fn plan(parts: &[Part], change: ChangeType) -> PackPlan {
    PackPlan {
        change,
        body: parts.iter().map(|part| part.spec.clone()).collect(),
        slugs: vec!["latin".into(), "digits".into()],
        heads: vec![vec![TensorSpec::new("head.bias", Dtype::F32, [2])], vec![]],
        metadata: [("format".to_owned(), "pt".to_owned())].into(),
    }
}

fn head() -> MemorySource {
    let spec = TensorSpec::new("head.bias", Dtype::F32, [2]);
    MemorySource::new("latin", vec![(spec, [1f32, 2.0].map(f32::to_le_bytes).concat())])
}

/// Hands all chunks of all parts to a writer, `step` elements at a time.
fn feed(writer: &mut PackWriter, parts: &[Part], passes: usize, step: usize) -> Result<u64, Error> {
    let mut unfit = 0;
    for part in parts {
        for pass in 0..passes {
            for start in (0..part.change.len()).step_by(step) {
                let end = part.change.len().min(start + step);
                let change: Vec<u8> = part.change[start..end].iter().flat_map(|value| value.to_le_bytes()).collect();
                let masks: Vec<Vec<u8>> = part.masks.iter().map(|mask| packed(&mask[start..end])).collect();
                let masks: Vec<&[u8]> = masks.iter().map(Vec::as_slice).collect();
                let span = start as u64..end as u64;
                unfit +=
                    writer.take(&PackChunk { tensor: &part.spec.name, span, pass, change: &change, masks: &masks })?;
            }
        }
    }
    Ok(unfit)
}

/// Writes everything but the index.
fn write(output: &mut Output, parts: &[Part], change: ChangeType, step: usize) -> PackWritten {
    let plan = plan(parts, change);
    let passes = plan.passes();
    let mut writer = PackWriter::create(output, plan).unwrap();
    assert_eq!(feed(&mut writer, parts, passes, step).unwrap(), 0);
    assert!(writer.head(output, 0, &head(), &mut |_| true).unwrap());
    assert!(writer.head(output, 1, &head(), &mut |_| true).unwrap());
    writer.finish().unwrap()
}

fn contents(change: ChangeType, kept: &[u64]) -> Contents {
    let skill = |at: usize, slug: &str| IndexSkill {
        skill: slug.to_uppercase(),
        selectivity: Some(0.4),
        rescaler: None,
        kept: kept[at],
        masks: format!("masks/{slug}.safetensors"),
        head: (at == 0).then(|| format!("heads/{slug}.safetensors")),
        settings: if at == 0 { vec!["skills/latin/config.json".into()] } else { vec![] },
    };
    Contents {
        rule: Rule::Tall,
        change,
        dtype: OutputDtype::Same,
        base: IndexBase { name: "base".into(), sha256: "ab".repeat(32), ..IndexBase::default() },
        copied: vec!["ids".into()],
        skills: vec![skill(0, "latin"), skill(1, "digits")],
        parents: vec![],
        sizes: PackSizes::default(),
    }
}

/// Writes a whole pack.
fn pack(folder: &Path, parts: &[Part], change: ChangeType, step: usize) -> PathBuf {
    let mut output = Output::create(folder, vec![]).unwrap();
    let written = write(&mut output, parts, change, step);
    let mut files = written.read_back(output.partial(), &mut |_| true).unwrap().unwrap();
    output.text("skills/latin/config.json", "{}").unwrap();
    files.push(WrittenFile { path: "skills/latin/config.json".into(), bytes: 2, sha256: "x".into() });
    output.text(INDEX_FILE, &Index::new(contents(change, &written.kept), files).text()).unwrap();
    output.publish().unwrap()
}

/// The bits of one tensor as the reader gives them, `step` bytes at a time.
fn read_bits(pack: &Pack, skill: &str, part: &Part, step: usize) -> Result<Vec<u8>, PackError> {
    let mask = pack.mask(pack.skill(skill)?)?;
    let mut bits = mask.bits(&part.spec.name)?;
    let mut all = Vec::new();
    let count = part.change.len().div_ceil(8);
    for start in (0..count).step_by(step) {
        let mut piece = vec![0; step.min(count - start)];
        bits.read(&mut piece)?;
        all.extend(piece);
    }
    bits.end()?;
    Ok(all)
}

#[test]
fn what_is_written_is_read_in_any_cut() {
    let parent = tempfile::tempdir().unwrap();
    let parts = parts();
    for change in TYPES {
        let folder = pack(&parent.path().join(format!("{change:?}")), &parts, change, 4_096);
        let opened = Pack::open(&folder).unwrap();
        assert_eq!(opened.card().skills.iter().map(|one| one.skill.as_str()).collect::<Vec<_>>(), ["LATIN", "DIGITS"]);
        let mut back = Vec::new();
        for part in &parts {
            for (at, skill) in ["LATIN", "DIGITS"].into_iter().enumerate() {
                assert_eq!(read_bits(&opened, skill, part, 1_000).unwrap(), packed(&part.masks[at]), "{skill}");
            }
            opened.change(&part.spec.name, 0..part.spec.elements(), &mut back).unwrap();
            let most = part.change.iter().fold(0f32, |most, value| most.max(value.abs()));
            for (&read, &value) in back.iter().zip(&part.change) {
                // Exact; half a unit in the eleventh bit; half of a 127th of the largest of the row.
                let bound = match change {
                    ChangeType::F32 => 0.0,
                    ChangeType::F16 => value.abs() * (0.5f32.powi(11)) + 0.5f32.powi(25),
                    ChangeType::Int8 => most / 127.0 * 0.501,
                };
                assert!((read - value).abs() <= bound, "{change:?}: {read} for {value}");
            }
            assert_eq!(back.len(), part.change.len());
        }
        let head = opened.head(opened.skill("LATIN").unwrap()).unwrap().unwrap();
        assert_eq!(head.entries().len(), 1);
        assert!(opened.head(opened.skill("DIGITS").unwrap()).unwrap().is_none());
    }
}

#[test]
fn the_bits_are_those_of_the_worked_example_and_other_programs_can_read_them() {
    // Section 2.9 of the notes on the paper: masks 1101 and 0101 are 0xD0 and 0x50.
    let example = Part {
        spec: TensorSpec::new("w", Dtype::F32, [4]),
        change: vec![1.1, -0.5, 0.0, 0.0],
        masks: vec![vec![true, true, false, true], vec![false, true, false, true]],
    };
    let parent = tempfile::tempdir().unwrap();
    let folder = pack(&parent.path().join("p"), &[example], ChangeType::F32, 8);
    for (file, expected) in [("masks/latin.safetensors", 0xd0), ("masks/digits.safetensors", 0x50)] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let library = SafeTensors::deserialize(&bytes).unwrap();
        let frame = library.tensor("w").unwrap();
        assert_eq!(zstd::decode_all(frame.data()).unwrap(), [expected], "{file}");
    }
    let bytes = std::fs::read(folder.join("change.safetensors")).unwrap();
    let library = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(library.tensor("w").unwrap().data(), [1.1f32, -0.5, 0.0, 0.0].map(f32::to_le_bytes).concat());
}

#[test]
fn the_same_pack_is_the_same_bytes_however_it_came() {
    let parent = tempfile::tempdir().unwrap();
    // More bits than one block of a frame holds.
    let parts = [parts(), vec![part("large", &[1_100_000])]].concat();
    for change in TYPES {
        let one = pack(&parent.path().join(format!("{change:?} 1")), &parts, change, 6_000);
        let two = pack(&parent.path().join(format!("{change:?} 2")), &parts, change, 655_360);
        let files = |folder: &Path| -> BTreeMap<PathBuf, Option<Vec<u8>>> {
            let within = |path: PathBuf| path.strip_prefix(folder).unwrap().to_owned();
            everything(folder).into_iter().map(|(path, bytes)| (within(path), bytes)).collect()
        };
        assert!(files(&one).len() > 5 && files(&one) == files(&two), "{change:?}");
    }
}

#[test]
fn the_plan_says_exactly_what_is_written_and_at_most_what_masks_take() {
    let parent = tempfile::tempdir().unwrap();
    let parts = parts();
    for change in TYPES {
        let folder = pack(&parent.path().join(format!("{change:?}")), &parts, change, 800);
        for (file, bytes) in plan(&parts, change).files() {
            let found = std::fs::metadata(folder.join(&file)).unwrap().len();
            assert!(found == bytes || file.starts_with("masks/") && found < bytes, "{file}: {found} of {bytes}");
        }
    }
}

#[test]
fn chunks_out_of_step_are_refused() {
    let parent = tempfile::tempdir().unwrap();
    let parts = parts();
    let chunk = |tensor: &'static str, span: std::ops::Range<u64>, pass| {
        let mut output = Output::create(&parent.path().join("p"), vec![]).unwrap();
        let mut writer = PackWriter::create(&mut output, plan(&parts, ChangeType::F32)).unwrap();
        let count = (span.end - span.start) as usize;
        let (change, bits) = (vec![0; 4 * count], vec![0; count.div_ceil(8)]);
        writer.take(&PackChunk { tensor, span, pass, change: &change, masks: &[&bits, &bits] })
    };
    assert!(chunk("a.weight", 0..8, 0).is_ok());
    for (tensor, span, pass) in [
        ("b.bias", 0..8, 0),
        ("a.weight", 8..16, 0),
        ("a.weight", 0..7, 0),
        ("a.weight", 0..8, 1),
        ("a.weight", 0..408, 0),
    ] {
        assert!(matches!(chunk(tensor, span.clone(), pass), Err(Error::OutOfStep { .. })), "{tensor} {span:?} {pass}");
    }
    let mut output = Output::create(&parent.path().join("p"), vec![]).unwrap();
    let writer = PackWriter::create(&mut output, plan(&parts, ChangeType::F32)).unwrap();
    assert!(matches!(writer.finish(), Err(Error::OutOfStep { .. })));
}

#[test]
fn a_change_that_half_floats_cannot_hold_is_counted() {
    let parent = tempfile::tempdir().unwrap();
    let mut huge = part("w", &[16]);
    huge.change[3] = 70_000.0;
    let mut output = Output::create(&parent.path().join("p"), vec![]).unwrap();
    let plan = PackPlan { heads: vec![vec![], vec![]], ..plan(std::slice::from_ref(&huge), ChangeType::F16) };
    let mut writer = PackWriter::create(&mut output, plan).unwrap();
    assert_eq!(feed(&mut writer, &[huge], 1, 8).unwrap(), 1);
}

#[test]
fn nothing_is_left_of_a_pack_that_is_not_finished_and_reading_back_finds_a_change() {
    let parent = tempfile::tempdir().unwrap();
    let mut output = Output::create(&parent.path().join("p"), vec![]).unwrap();
    let written = write(&mut output, &parts(), ChangeType::Int8, 4_096);
    assert_eq!(written.read_back(output.partial(), &mut |_| false).unwrap(), None);
    assert!(written.read_back(output.partial(), &mut |_| true).unwrap().is_some());
    let file = output.partial().join("masks/digits.safetensors");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let fault = written.read_back(output.partial(), &mut |_| true).unwrap_err();
    assert!(matches!(fault, PackError::Damaged { ref file, .. } if file == "masks/digits.safetensors"), "{fault:?}");
    drop(output);
    assert_eq!(everything(parent.path()), []);
}

/// A pack whose files one function changes, and what opening it or reading one mask says.
fn spoiled(spoil: impl Fn(&Path)) -> Result<Vec<u8>, PackError> {
    let parent = tempfile::tempdir().unwrap();
    let parts = parts();
    let folder = pack(&parent.path().join("p"), &parts, ChangeType::Int8, 4_096);
    spoil(&folder);
    read_bits(&Pack::open(&folder)?, "LATIN", &parts[2], 1_000)
}

/// Changes the text of an index.
fn reworded(from: &str, to: &str) -> Result<Vec<u8>, PackError> {
    spoiled(|folder| {
        let text = std::fs::read_to_string(folder.join(INDEX_FILE)).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(folder.join(INDEX_FILE), text.replace(from, to)).unwrap();
    })
}

#[test]
fn what_is_no_pack_or_a_later_one_is_told_as_such() {
    assert!(spoiled(|_| ()).is_ok());
    let removed = spoiled(|folder| std::fs::remove_file(folder.join(INDEX_FILE)).unwrap());
    assert!(matches!(removed, Err(PackError::NotAPack { .. })), "{removed:?}");
    let foreign = spoiled(|folder| std::fs::write(folder.join(INDEX_FILE), r#"{"name":"a web page"}"#).unwrap());
    assert!(matches!(foreign, Err(PackError::NotAPack { .. })), "{foreign:?}");
    let later = spoiled(|folder| {
        std::fs::write(folder.join(INDEX_FILE), r#"{"kind":"tincture skill pack","format":2,"new":1}"#).unwrap();
    });
    assert!(matches!(later, Err(PackError::Newer { format: 2, known: 1, .. })), "{later:?}");
}

#[test]
fn files_that_are_missing_or_cut_are_told_with_their_sizes() {
    for file in ["change.safetensors", "scales.safetensors", "masks/digits.safetensors", "skills/latin/config.json"] {
        let missing = spoiled(|folder| std::fs::remove_file(folder.join(file)).unwrap());
        assert!(matches!(missing, Err(PackError::Incomplete { arrived: 0, .. })), "{file}: {missing:?}");
        let cut = spoiled(|folder| {
            let bytes = std::fs::read(folder.join(file)).unwrap();
            std::fs::write(folder.join(file), &bytes[..bytes.len() - 1]).unwrap();
        });
        let Err(PackError::Incomplete { arrived, promised, .. }) = cut else { panic!("{file}: {cut:?}") };
        assert_eq!(arrived + 1, promised, "{file}");
    }
}

#[test]
fn damage_is_told_as_damage() {
    let cases = [
        reworded("\"masks/latin.safetensors\"", "\"../latin.safetensors\""),
        reworded("skills/latin/config.json", "skills/latin/run.py"),
        reworded("\"change\": \"int8\"", "\"change\": \"f16\""),
        reworded("\"rule\": \"tall\"", "\"rule\": \"other\""),
        reworded("\"format\": 1", "\"form\": 1"),
        reworded("\"skills\": [", "\"skills\": ["),
    ];
    for (at, case) in cases.iter().enumerate().take(5) {
        assert!(matches!(case, Err(PackError::Damaged { .. })), "{at}: {case:?}");
    }
    assert!(cases[5].is_ok(), "an unchanged index is taken, else this shows nothing");
    let header = spoiled(|folder| {
        let file = folder.join("masks/latin.safetensors");
        let text = std::fs::read(&file).unwrap();
        let at = text.windows(6).position(|six| six == b"b.bias").unwrap();
        let mut text = text.clone();
        text[at] = b'c';
        std::fs::write(&file, text).unwrap();
    });
    assert!(matches!(header, Err(PackError::Damaged { .. })), "{header:?}");
}

#[test]
fn every_byte_of_a_frame_is_guarded() {
    let parent = tempfile::tempdir().unwrap();
    let parts = parts();
    let folder = pack(&parent.path().join("p"), &parts, ChangeType::F32, 4_096);
    let file = folder.join("masks/latin.safetensors");
    let bytes = std::fs::read(&file).unwrap();
    let frame = SafeTensors::deserialize(&bytes).unwrap().tensor("a.weight").unwrap().data().to_vec();
    let at = bytes.windows(frame.len()).position(|window| window == frame).unwrap();
    let read = || read_bits(&Pack::open(&folder)?, "LATIN", &parts[0], 9);
    assert!(read().is_ok());
    for place in at..at + frame.len() {
        let mut flipped = bytes.clone();
        flipped[place] ^= 0x04;
        std::fs::write(&file, flipped).unwrap();
        let found = read();
        assert!(matches!(found, Err(PackError::Damaged { .. })), "byte {}: {found:?}", place - at);
    }
}

#[test]
fn bits_behind_the_last_weight_are_refused() {
    // A frame of another writer: 4 weights, all eight bits set.
    let example = Part { masks: vec![vec![true; 4], vec![true; 4]], ..part("w", &[4]) };
    let parent = tempfile::tempdir().unwrap();
    let folder = pack(&parent.path().join("p"), std::slice::from_ref(&example), ChangeType::F32, 8);
    let file = folder.join("masks/latin.safetensors");
    let bytes = std::fs::read(&file).unwrap();
    let own = SafeTensors::deserialize(&bytes).unwrap().tensor("w").unwrap().data().to_vec();
    let forged = |bits: u8| {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.set_pledged_src_size(Some(1)).unwrap();
        std::io::Write::write_all(&mut encoder, &[bits]).unwrap();
        encoder.finish().unwrap()
    };
    let with = |frame: Vec<u8>| {
        assert_eq!(frame.len(), own.len());
        std::fs::write(&file, [&bytes[..bytes.len() - own.len()], &frame].concat()).unwrap();
        read_bits(&Pack::open(&folder).unwrap(), "LATIN", &example, 1)
    };
    assert_eq!(with(forged(0xf0)).unwrap(), [0xf0]);
    assert!(matches!(with(forged(0xff)), Err(PackError::Damaged { .. })));
}

#[test]
fn a_skill_that_is_not_there_is_told_with_those_that_are() {
    let parent = tempfile::tempdir().unwrap();
    let folder = pack(&parent.path().join("p"), &parts(), ChangeType::F32, 4_096);
    let opened = Pack::open(&folder).unwrap();
    let Err(PackError::UnknownSkill { known, .. }) = opened.skill("latin") else { panic!("there is none") };
    assert_eq!(known, ["LATIN", "DIGITS"]);
}

#[test]
fn a_pack_is_found_as_a_pack_and_never_opened_as_a_model() {
    let parent = tempfile::tempdir().unwrap();
    put(parent.path(), "deep/other/pack.json", "{}");
    let folder = pack(&parent.path().join("deep/p"), &parts(), ChangeType::F32, 4_096);
    assert!(is_pack(&folder) && !is_pack(&parent.path().join("deep/other")) && !is_pack(parent.path()));
    assert_eq!(pack_at(&folder.join(INDEX_FILE)), Some(folder.clone()));
    let found = checkpoint::find(parent.path());
    assert_eq!((found.models.len(), found.refused.len(), found.packs), (0, 0, vec![folder.clone()]));
    let opened = checkpoint::Checkpoint::open(&folder);
    assert!(matches!(opened, Err(Error::WrongKind { kind: Kind::Pack, .. })), "{opened:?}");
}
