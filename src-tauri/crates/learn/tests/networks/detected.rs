//! What is recognised, and what is refused with which reason.

use learn::Error;
use learn::engine::CandleNet;
use learn::net::{Array, Batch, Family, Input, Tokens, Why, detect, text_tower};
use serde_json::{Value, json};

use crate::golden::Golden;

fn why(config: Option<&Value>, golden: &Golden) -> Why {
    match detect(config, &golden.specs) {
        Err(Error::NotRunnable { why }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn families_are_known_by_config_and_by_tensors_alone() {
    let families = [
        ("vit", Family::Vit),
        ("deit", Family::Deit),
        ("clip", Family::Clip),
        ("bert", Family::Bert),
        ("sentence", Family::Bert),
        ("roberta", Family::Roberta),
        ("distilbert", Family::Distilbert),
        ("mlp", Family::Mlp),
    ];
    for (name, family) in families {
        let mut golden = Golden::read(name);
        let with_kind = golden.network();
        assert_eq!(with_kind.family, family);
        golden.config.as_object_mut().expect("an object").remove("model_type");
        assert_eq!(golden.network(), with_kind, "{name}");
    }
}

#[test]
fn inputs_come_from_config_and_shapes() {
    assert_eq!(Golden::read("vit").network().input, Input::Pictures { channels: 3, height: 12, width: 12 });
    assert_eq!(Golden::read("roberta").network().input, Input::Tokens { longest: 12, words: 40, padding: 1 });
    assert_eq!(Golden::read("mlp").network().input, Input::Vectors { width: 5 });
}

#[test]
fn a_body_without_its_classifier_is_the_same_body() {
    for name in ["vit", "bert", "roberta", "distilbert"] {
        let mut golden = Golden::read(name);
        let whole = golden.network();
        golden.specs.retain(|spec| !spec.name.contains("classifier"));
        assert_eq!(golden.network().body, whole.body, "{name}");
    }
}

#[test]
fn what_cannot_be_run_says_why() {
    let mut golden = Golden::read("vit");
    assert_eq!(why(None, &golden), Why::NoConfig);
    assert_eq!(why(Some(&json!({"model_type": "llama"})), &golden), Why::Unknown { kind: "llama".into() });
    let with = |key: &str, value: Value| {
        let mut config = golden.config.clone();
        config[key] = value;
        why(Some(&config), &golden)
    };
    assert_eq!(with("hidden_act", json!("mish")), Why::Activation { name: "mish".into() });
    assert!(matches!(with("num_attention_heads", json!(3)), Why::Contradiction { .. }));
    assert!(matches!(with("image_size", json!(16)), Why::Contradiction { .. }));
    let gone = golden.specs.iter().position(|spec| spec.name.ends_with("1.output.dense.bias")).expect("it is there");
    let name = golden.specs.remove(gone).name;
    assert_eq!(why(Some(&golden.config.clone()), &golden), Why::Missing { name });
}

#[test]
fn a_second_classifier_on_the_distillation_token_is_refused() {
    let mut golden = Golden::read("deit");
    let mut second = golden.specs[0].clone();
    second.name = "distillation_classifier.weight".into();
    golden.specs.push(second);
    assert!(matches!(why(Some(&golden.config.clone()), &golden), Why::Variant { .. }));
}

#[test]
fn only_clip_has_a_text_tower() {
    let golden = Golden::read("vit");
    let refused = text_tower(Some(&golden.config), &golden.specs);
    assert!(matches!(refused, Err(Error::NotRunnable { why: Why::Variant { .. } })));
}

#[test]
fn batches_that_do_not_fit_are_refused() {
    let golden = Golden::read("bert");
    let net = CandleNet::load(&golden.network(), |name| golden.weight(name)).expect("all weights are there");
    let Batch::Tokens(right) = golden.batch() else { panic!("sentences") };
    let refused = |batch: Batch| matches!(net.features(&batch), Err(Error::Batch { .. }));
    assert!(!refused(Batch::Tokens(right.clone())));
    let mut unknown = right.clone();
    unknown.ids[3] = 40;
    assert!(refused(Batch::Tokens(unknown)));
    let long = Tokens { length: 15, ids: vec![3; 15], mask: vec![true; 15], kinds: None };
    assert!(refused(Batch::Tokens(long)));
    let mut ragged = right;
    ragged.mask.pop();
    assert!(refused(Batch::Tokens(ragged)));
    assert!(refused(Batch::Vectors(Array::new([1, 20], vec![0.0; 20]).expect("full"))));
    assert!(refused(Batch::Tokens(Tokens { length: 4, ids: vec![], mask: vec![], kinds: None })));
}

#[test]
fn a_missing_weight_is_named() {
    let golden = Golden::read("vit");
    let load = |name: &str| {
        if name == "vit.layernorm.bias" { Err(Error::Missing { name: name.into() }) } else { golden.weight(name) }
    };
    let refused = CandleNet::load(&golden.network(), load);
    assert!(matches!(refused, Err(Error::Missing { name }) if name == "vit.layernorm.bias"));
}
