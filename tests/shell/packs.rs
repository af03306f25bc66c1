//! A skill pack in the window: recognised, looked at, and a skill restored into the output folder.

use protocol::command::{LookAtPack, OpenSample, Pick, PickModels, Save, Status, Unpack};
use protocol::event::JobEvent;
use protocol::failure::FailureCode;
use protocol::recipe::ChangeType;
use tincture::Question;

use crate::bench::Bench;

#[test]
fn a_pack_is_saved_recognised_and_restored() {
    let bench = Bench::new();
    let opened = bench.call(&OpenSample {}).expect("the sample");
    let folder = bench.call(&Status {}).expect("a machine").folder.id;
    let recipe = opened.project.recipe.packed(ChangeType::F32, false);
    let base = recipe.base.as_ref().expect("the sample has one").path.clone();
    bench.begin(&Save { recipe, name: "Pack".into(), folder: folder.clone() }).expect("a job begins");
    let events = bench.events();
    assert!(matches!(events.last(), Some((_, JobEvent::Finished { .. }))), "{:?}", events.last());

    bench.will_choose(Question::Models(Pick::Folders), &[bench.output().join("Pack")]);
    let added = bench.call(&PickModels { pick: Pick::Folders }).expect("a choice");
    assert_eq!((added.models.len(), added.examples.len(), added.packs.len()), (0, 0, 1));
    let (pack, name) = added.packs[0].clone();
    let card = bench.call(&LookAtPack { pack: pack.clone() }).expect("a pack");
    assert_eq!((name.as_str(), card.skills.len(), card.base.inside), ("Pack", 4, false));

    let skill = card.skills[0].skill.clone();
    let asked = |base: Option<&str>| Unpack {
        pack: pack.clone(),
        skill: skill.clone(),
        base: base.map(|id| protocol::model::ModelId(id.to_owned())),
        name: "One".into(),
        folder: folder.clone(),
    };
    bench.begin(&asked(None)).expect("a job begins");
    let Some((_, JobEvent::Failed { failure })) = bench.events().pop() else { panic!("it has no base") };
    assert_eq!(failure.problems[0].code, FailureCode::PackNeedsBase);
    bench.begin(&asked(Some(&base))).expect("a job begins");
    let Some((_, JobEvent::Finished { report })) = bench.events().pop() else { panic!("it has its base") };
    assert!(report.checks.iter().all(|check| check.passed));
    assert!(bench.output().join("One/model.safetensors").is_file());
}
