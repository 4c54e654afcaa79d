//! What becomes of secrets.

use stepwell_sandbox::Use;

use crate::{
    bench::{Bench, clipped},
    circumstances::Circumstances,
    error::Error,
    trial::Trial,
    world::World,
};

pub(super) async fn not_kept(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("what calls that were given secrets leave, and how they end");
    let seen = Circumstances::first();
    for sample in &bench.samples {
        let world = World::furnished(bench.info(), &sample.grants)?;
        let done = bench.call(&world, sample.ask(&seen)).await?;
        let given = world.uses().into_iter().filter_map(|used| match used {
            Use::Secret { name, given: Some(given) } if !given.is_empty() => Some((name, given)),
            _ => None,
        });
        let given: Vec<_> = given.collect();
        if given.is_empty() {
            continue;
        }
        trial.case();
        let left = world.contents().await?;
        let mut places: Vec<(String, &[u8])> =
            left.iter().map(|(path, content)| (clipped(path), content.as_slice())).collect();
        match &done.result {
            Ok(output) => places.push(("its output".to_owned(), output.as_bytes())),
            Err(failure) => places.push(("its failure".to_owned(), failure.cause.as_bytes())),
        }
        let log = done.log.text();
        places.push(("its log".to_owned(), log.as_bytes()));
        for (name, given) in &given {
            for (place, content) in &places {
                if contains(content, given.as_bytes()) {
                    let name = clipped(name);
                    trial.fault(format!("{}: the secret `{name}` is in {place}", sample.what()));
                }
            }
        }
    }
    trial.otherwise("no call was given a secret");
    Ok(())
}

fn contains(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}
