//! TIES, consensus, keep-masks and their counts on both engines against plain loops over one element at a time.

use kernels::{Apply, Counts, CpuEngine, Cut, Engine, Error, Float, Kernel, Masking, Rule, Table, row_bytes};

use crate::support::{Stream, bits, number_types, on_both, on_card, open_card, pack, unpack, value};

const SIZES: [usize; 9] = [0, 1, 2, 3, 31, 255, 257, 1_025, 65_569];
const EXPERTS: [usize; 4] = [1, 2, 5, 17];

/// Rows, and how they are combined.
#[derive(Debug, Clone)]
struct Case {
    input: Float,
    rows: Vec<Vec<u32>>,
    rule: Rule,
    is_mean: bool,
    number: u32,
    strengths: Vec<f32>,
    selectivity: Vec<f32>,
    cuts: Vec<Cut>,
}

/// A base, and experts that differ from it a little, some of them nowhere at every seventh element. Strengths are powers
/// of two, so that products are exact and engines agree to the bit.
fn case(input: Float, experts: usize, elements: usize, rule: Rule) -> Case {
    let mut stream = Stream(elements as u64 + 7 * experts as u64);
    let base: Vec<f32> = (0..elements).map(|_| stream.weight()).collect();
    let mut row = |expert: usize| -> Vec<u32> {
        let change = |at: usize, weight: f32| if expert == 0 || at.is_multiple_of(7) { 0.0 } else { weight * 0.05 };
        base.iter().enumerate().map(|(at, x)| bits(input, x + change(at, stream.weight()))).collect()
    };
    let rows: Vec<Vec<u32>> = (0..=experts).map(&mut row).collect();
    let of = |values: &[f32]| values.iter().copied().cycle().take(experts).collect::<Vec<f32>>();
    let mut case = Case {
        input,
        rows,
        rule,
        is_mean: false,
        number: 2,
        strengths: of(&[0.5, 1.0, -0.25, 2.0]),
        selectivity: of(&[0.4, 0.3, 0.6]),
        cuts: vec![Cut::ALL; experts],
    };
    // A size that occurs, so that there are ties at the threshold; the border lies inside the row.
    for t in 0..experts {
        let middle = case.change(t, elements / 2).map_or(0, |change| change.abs().to_bits());
        case.cuts[t] = Cut { threshold: middle, border: (elements / 3 + t) as u32 };
    }
    case
}

fn agree(a: f32, b: f32) -> bool {
    a != 0.0 && b != 0.0 && (a > 0.0) == (b > 0.0)
}

impl Case {
    fn elements(&self) -> usize {
        self.rows[0].len()
    }

    fn experts(&self) -> usize {
        self.rows.len() - 1
    }

    fn x(&self, row: usize, at: usize) -> f32 {
        value(self.input, self.rows[row][at]) as f32
    }

    fn change(&self, t: usize, at: usize) -> Option<f32> {
        (at < self.elements()).then(|| self.x(t + 1, at) - self.x(0, at))
    }

    fn changes(&self, at: usize) -> Vec<f32> {
        (0..self.experts()).filter_map(|t| self.change(t, at)).collect()
    }

    fn trimmed(&self, at: usize) -> Vec<f32> {
        let cut = |(t, change): (usize, f32)| {
            let (size, cut) = (change.abs().to_bits(), self.cuts[t]);
            if size > cut.threshold || (size == cut.threshold && (at as u32) < cut.border) { change } else { 0.0 }
        };
        self.changes(at).into_iter().enumerate().map(cut).collect()
    }

    /// The changes that take part, and the sign that they have to have.
    fn votes(&self, at: usize) -> (Vec<f32>, f32) {
        let voters = if self.rule == Rule::Ties { self.trimmed(at) } else { self.changes(at) };
        let sum = voters.iter().fold(0.0, |sum, change| sum + change);
        (voters, sum)
    }

    fn unscaled(&self, at: usize) -> f32 {
        let (voters, sum) = self.votes(at);
        match self.rule {
            Rule::Sum => sum,
            Rule::Ties => voters.iter().filter(|&&change| agree(change, sum)).fold(0.0, |sum, change| sum + change),
            Rule::Elect => {
                let flag = if sum > 0.0 { 1.0 } else { -1.0 };
                flag * voters.iter().map(|change| change * flag).fold(0.0, f32::max)
            }
        }
    }

    fn scaled(&self, at: usize) -> f32 {
        let (voters, sum) = self.votes(at);
        let takes_part = |change: f32| self.rule == Rule::Sum || agree(change, sum);
        let part = voters.iter().zip(&self.strengths).filter(|(change, _)| takes_part(**change));
        let count = part.clone().count();
        let total = part.fold(0.0, |sum, (change, strength)| sum + strength * change);
        if self.is_mean { total / count.max(1) as f32 } else { total }
    }

    fn needed(&self, at: usize, selectivity: &[f32]) -> Vec<bool> {
        let s = self.unscaled(at);
        let needs = |(t, change): (usize, f32)| match self.rule {
            Rule::Elect => agree(change, s),
            _ => change.abs() > selectivity[t] * (s - change).abs(),
        };
        self.changes(at).into_iter().enumerate().map(needs).collect()
    }

    fn expected(&self, kernel: Kernel, at: usize) -> f32 {
        let needed = self.needed(at, &self.selectivity);
        let change = match kernel {
            Kernel::ElectChanges => self.scaled(at),
            Kernel::Consensus if needed.iter().filter(|&&needed| needed).count() < self.number as usize => 0.0,
            Kernel::Consensus => self.scaled(at),
            _ if needed[self.number as usize] => self.strengths[self.number as usize] * self.unscaled(at),
            _ => 0.0,
        };
        if change == 0.0 { self.x(0, at) } else { self.x(0, at) + change }
    }

    fn table(&self) -> Table<'_> {
        Table {
            rule: self.rule,
            is_mean: self.is_mean,
            number: self.number,
            strengths: &self.strengths,
            selectivity: &self.selectivity,
            cuts: &self.cuts,
        }
    }

    fn packed(&self) -> Vec<u8> {
        self.rows.iter().flat_map(|row| pack(self.input, row)).collect()
    }

    fn apply(&self, kernel: Kernel, output: Float, engine: &mut dyn Engine) -> (Vec<u32>, u64) {
        let coefficients = self.table().words();
        let work = Apply {
            kernel,
            sources: self.rows.len(),
            elements: self.elements(),
            input: self.input,
            output,
            coefficients: &coefficients,
        };
        let mut y = vec![0xa5; row_bytes(self.elements(), output)];
        let tally = engine.apply(&work, &self.packed(), &mut y).unwrap();
        (unpack(output, &y, self.elements()), tally.not_finite)
    }

    fn masking(&self) -> Masking<'_> {
        Masking { sources: self.rows.len(), elements: self.elements(), input: self.input, table: self.table() }
    }

    fn masks(&self, engine: &mut dyn Engine) -> (Vec<u8>, u64) {
        let work = self.masking();
        let mut y = vec![0xa5; work.y_bytes()];
        let tally = engine.masks(&work, &self.packed(), &mut y).unwrap();
        (y, tally.not_finite)
    }

    fn part(&self, from: usize, to: usize) -> Case {
        let rows = self.rows.iter().map(|row| row[from..to].to_vec()).collect();
        let cuts = self.cuts.iter().map(|cut| Cut { border: cut.border.saturating_sub(from as u32), ..*cut }).collect();
        Case { rows, cuts, ..self.clone() }
    }
}

/// Everything that a kernel can be asked with: rule, whether averaged, kernel, number.
fn questions(experts: usize) -> Vec<(Rule, bool, Kernel, u32)> {
    let last = experts as u32 - 1;
    vec![
        (Rule::Ties, false, Kernel::ElectChanges, 0),
        (Rule::Sum, false, Kernel::Consensus, 1),
        (Rule::Sum, false, Kernel::Consensus, 2),
        (Rule::Ties, false, Kernel::Consensus, 2),
        (Rule::Sum, false, Kernel::Consensus, experts as u32 + 1),
        (Rule::Sum, false, Kernel::Keep, last),
        (Rule::Ties, false, Kernel::Keep, 0),
        (Rule::Elect, false, Kernel::Keep, last),
    ]
}

/// The first element that is not as expected.
fn first_difference(case: &Case, kernel: Kernel, output: Float, got: &[u32]) -> Option<usize> {
    (0..case.elements()).find(|&at| got[at] != bits(output, case.expected(kernel, at)))
}

#[test]
fn every_kernel_is_right_to_the_bit_where_products_are_exact() {
    on_both(|engine| {
        for (input, output) in number_types() {
            for (experts, elements) in EXPERTS.into_iter().flat_map(|experts| SIZES.map(|size| (experts, size))) {
                // Every size with five experts, every number of experts with one size.
                if experts != 5 && elements != 257 {
                    continue;
                }
                for (rule, is_mean, kernel, number) in questions(experts) {
                    let case = Case { is_mean, number, ..case(input, experts, elements, rule) };
                    let (got, not_finite) = case.apply(kernel, output, engine);
                    let name = &engine.card().name;
                    let found = first_difference(&case, kernel, output, &got);
                    assert_eq!(found, None, "{kernel:?} {rule:?} {number} {input:?} {output:?} {experts} on {name}");
                    assert_eq!(not_finite, 0);
                }
            }
        }
    });
}

#[test]
fn the_comparison_sees_another_threshold_selectivity_and_strength() {
    let right = case(Float::F32, 5, 1_025, Rule::Ties);
    let got = |kernel| right.apply(kernel, Float::F32, &mut CpuEngine::new()).0;
    let differs = |case: &Case, kernel| first_difference(case, kernel, Float::F32, &got(kernel)).is_some();
    assert!(!differs(&right, Kernel::ElectChanges) && !differs(&right, Kernel::Consensus));
    let mut other = right.clone();
    other.cuts[2].border += 500;
    other.cuts[2].threshold -= 1;
    assert!(differs(&other, Kernel::ElectChanges));
    let mut other = right.clone();
    other.selectivity[1] = 0.5;
    assert!(differs(&other, Kernel::Consensus));
    let mut other = right.clone();
    other.strengths[4] *= 1.001;
    assert!(differs(&other, Kernel::ElectChanges));
}

#[test]
fn uneven_strengths_and_means_are_within_the_header() {
    on_both(|engine| {
        for is_mean in [false, true] {
            let mut case = Case { is_mean, ..case(Float::F32, 5, 1_025, Rule::Ties) };
            case.strengths = vec![0.3, 0.7, -0.123, 1.1, 0.9];
            let (got, _) = case.apply(Kernel::ElectChanges, Float::F32, engine);
            for (at, &got) in got.iter().enumerate() {
                let (found, expected) = (value(Float::F32, got), f64::from(case.expected(Kernel::ElectChanges, at)));
                let size: f64 = case.changes(at).iter().map(|change| f64::from(change.abs()) * 1.1).sum();
                let bound = 2.0 * (11.0 * size + f64::from(case.x(0, at)).abs() + expected.abs()) * 2f64.powi(-23);
                assert!((found - expected).abs() <= bound, "{at}: {found} for {expected} on {}", engine.card().name);
            }
            case.strengths[0] = 0.31;
            let moved = (0..1_025).filter(|&at| {
                (value(Float::F32, got[at]) - f64::from(case.expected(Kernel::ElectChanges, at))).abs() > 1e-5
            });
            assert!(moved.count() > 50, "a hundredth in a strength has to show");
        }
    });
}

#[test]
fn without_a_threshold_consensus_is_what_it_stands_on() {
    on_both(|engine| {
        for input in Float::ALL {
            let ties = Case { number: 0, ..case(input, 5, 1_025, Rule::Ties) };
            assert_eq!(ties.apply(Kernel::Consensus, input, engine), ties.apply(Kernel::ElectChanges, input, engine));
            let sum = Case { number: 0, ..case(input, 5, 1_025, Rule::Sum) };
            let plain = Apply {
                kernel: Kernel::AddChanges,
                sources: 6,
                elements: 1_025,
                input,
                output: input,
                coefficients: &sum.strengths,
            };
            let mut y = vec![0; row_bytes(1_025, input)];
            engine.apply(&plain, &sum.packed(), &mut y).unwrap();
            assert_eq!(sum.apply(Kernel::Consensus, input, engine).0, unpack(input, &y, 1_025));
        }
    });
}

#[test]
fn one_skill_alone_and_skills_that_do_not_touch_are_restored_exactly() {
    on_both(|engine| {
        let mut alone = case(Float::F32, 1, 257, Rule::Sum);
        (alone.number, alone.strengths) = (0, vec![1.0]);
        let (got, _) = alone.apply(Kernel::Keep, Float::F32, engine);
        let again = |at: usize| alone.x(0, at) + alone.change(0, at).unwrap_or(0.0);
        assert!((0..257).all(|at| value(Float::F32, got[at]) as f32 == again(at)));
        let mut apart = case(Float::F32, 2, 257, Rule::Sum);
        (apart.number, apart.strengths) = (1, vec![1.0; 2]);
        for at in 0..257 {
            let untouched = if at % 2 == 0 { 1 } else { 2 };
            apart.rows[untouched][at] = apart.rows[0][at];
        }
        let (got, _) = apart.apply(Kernel::Keep, Float::F32, engine);
        let again = |at: usize| apart.x(0, at) + apart.change(1, at).unwrap_or(0.0);
        assert!((0..257).all(|at| value(Float::F32, got[at]) as f32 == again(at)));
    });
}

#[test]
fn what_is_not_finite_reaches_the_result_through_every_mask() {
    on_both(|engine| {
        for (spoiled, row) in [f32::NAN, f32::INFINITY].into_iter().flat_map(|value| [0, 1, 3].map(|row| (value, row)))
        {
            for (rule, is_mean, kernel, number) in questions(5) {
                let mut case = Case { is_mean, number, ..case(Float::F32, 5, 33, rule) };
                case.rows[row][32] = spoiled.to_bits();
                let (got, not_finite) = case.apply(kernel, Float::F32, engine);
                assert!(!value(Float::F32, got[32]).is_finite(), "{kernel:?} {rule:?}, row {row}");
                assert_eq!(not_finite, 1);
                assert_eq!(case.masks(engine).1, 1);
                assert_eq!(engine.count_masks(&case.masking(), &[0.4; 5], &case.packed()).unwrap().not_finite, 1);
            }
        }
    });
}

/// The bit of element `at` in a row packed like numpy's.
fn bit(row: &[u8], at: usize) -> bool {
    row[at / 8] >> (7 - at % 8) & 1 == 1
}

#[test]
fn masks_lie_as_numpy_packs_them_with_the_change_before_them() {
    on_both(|engine| {
        for rule in [Rule::Sum, Rule::Ties, Rule::Elect] {
            for elements in SIZES.into_iter().filter(|&elements| elements > 0) {
                let case = case(Float::BF16, 5, elements, rule);
                let (y, _) = case.masks(engine);
                let work = case.masking();
                let change = |at: usize| f32::from_le_bytes(y[4 * at..][..4].try_into().unwrap());
                assert!((0..elements).all(|at| change(at) == case.unscaled(at)), "{rule:?} {elements}");
                assert!((elements..elements.next_multiple_of(32)).all(|at| change(at) == 0.0));
                for at in 0..elements {
                    let needed = case.needed(at, &case.selectivity);
                    assert!((0..5).all(|t| bit(&y[work.mask(t)], at) == needed[t]), "{rule:?} {elements} {at}");
                }
                for t in 0..5 {
                    let row = &y[work.mask(t).start..][..work.mask_bytes()];
                    assert!((elements..row.len() * 8).all(|at| !bit(row, at)), "bits behind the last");
                }
            }
        }
    });
}

#[test]
fn pieces_of_whole_words_give_the_masks_of_the_whole() {
    on_both(|engine| {
        let whole = case(Float::F16, 3, 65_569, Rule::Ties);
        let (y, _) = whole.masks(engine);
        let cut = 65_536 - 32;
        let (first, second) = (whole.part(0, cut), whole.part(cut, 65_569));
        let (a, b) = (first.masks(engine).0, second.masks(engine).0);
        for t in 0..3 {
            let joined = [&a[first.masking().mask(t)], &b[second.masking().mask(t)]].concat();
            assert_eq!(joined, y[whole.masking().mask(t)]);
        }
        assert_eq!([&a[..4 * cut], &b[..4 * 65]].concat(), y[..4 * 65_569]);
    });
}

#[test]
fn the_worked_example_of_the_paper_comes_out() {
    on_both(|engine| {
        let row = |values: [f32; 4]| values.map(f32::to_bits).to_vec();
        let rows = vec![row([0.0; 4]), row([1.0, -0.2, 0.0, 0.5]), row([0.1, -0.3, 0.0, -0.5])];
        let case = Case {
            input: Float::F32,
            rows,
            rule: Rule::Sum,
            is_mean: false,
            number: 2,
            strengths: vec![1.0; 2],
            selectivity: vec![0.4; 2],
            cuts: vec![Cut::ALL; 2],
        };
        let (y, _) = case.masks(engine);
        let work = case.masking();
        assert_eq!((&y[work.mask(0)], &y[work.mask(1)]), (&[0xd0u8][..], &[0x50u8][..]));
        let (got, _) = case.apply(Kernel::Consensus, Float::F32, engine);
        assert_eq!(got.iter().map(|&bits| f32::from_bits(bits)).collect::<Vec<_>>(), [0.0, -0.5, 0.0, 0.0]);
    });
}

/// Masks counted one element at a time.
fn counted(case: &Case, columns: &[f32]) -> Counts {
    let experts = case.experts();
    let mut sum = Counts::of(experts, columns.len() / experts);
    for at in 0..case.elements() {
        let changes = case.changes(at);
        let (up, down) = (changes.iter().any(|&change| change > 0.0), changes.iter().any(|&change| change < 0.0));
        sum.changed += u64::from(up || down);
        sum.same_side += u64::from(up != down);
        let s = case.unscaled(at);
        sum.largest = sum.largest.max(s.abs());
        for (column, selectivity) in sum.columns.iter_mut().zip(columns.chunks(experts)) {
            let needed = case.needed(at, selectivity);
            let count = needed.iter().filter(|&&needed| needed).count();
            column.needed[count] += 1;
            column.change[count] += f64::from(s).powi(2);
            let pairs = (0..experts).flat_map(|t| (t + 1..experts).map(move |u| (t, u)));
            pairs.zip(&mut column.overlap).for_each(|((t, u), sum)| *sum += u64::from(needed[t] && needed[u]));
            needed.iter().zip(&mut column.kept).for_each(|(&needed, sum)| *sum += u64::from(needed));
        }
    }
    sum
}

/// Whether counts are equal, and sums of squares within the bound of the header.
fn same_counts(found: &Counts, expected: &Counts, elements: usize) -> bool {
    let bound = elements.next_multiple_of(8_192) as f64
        * (2f64.powi(-19) + 2f64.powi(-21))
        * f64::from(expected.largest).powi(2);
    let whole = |counts: &Counts| (counts.changed, counts.same_side, counts.not_finite, counts.largest.to_bits());
    let columns = found.columns.iter().zip(&expected.columns).all(|(a, b)| {
        let squares = a.change.iter().zip(&b.change).all(|(a, b)| (a - b).abs() <= bound);
        (&a.kept, &a.needed, &a.overlap) == (&b.kept, &b.needed, &b.overlap) && squares
    });
    whole(found) == whole(expected) && found.columns.len() == expected.columns.len() && columns
}

#[test]
fn counts_of_masks_are_exact_for_any_number_of_experts_and_columns() {
    on_both(|engine| {
        for (experts, columns, elements) in [(1, 1, 257), (2, 9, 8_193), (5, 10, 65_569), (17, 3, 1_025), (40, 2, 300)]
        {
            for rule in [Rule::Sum, Rule::Ties] {
                let case = case(Float::F32, experts, elements, rule);
                let grid: Vec<f32> = (0..columns).flat_map(|g| vec![0.2 + 0.05 * g as f32; experts]).collect();
                let found = engine.count_masks(&case.masking(), &grid, &case.packed()).unwrap();
                let expected = counted(&case, &grid);
                let name = &engine.card().name;
                assert!(
                    same_counts(&found, &expected, elements),
                    "{experts} {rule:?} on {name}: {found:?} {expected:?}"
                );
                let mut other = expected.clone();
                other.columns[0].needed[1] += 1;
                assert!(!same_counts(&found, &other, elements));
                other = expected.clone();
                other.columns[columns - 1].change[1] *= 1.02;
                assert!(!same_counts(&found, &other, elements), "two hundredths of a square have to show");
            }
        }
    });
}

#[test]
fn a_narrow_grid_changes_no_byte() {
    let Some(mut card) = open_card() else { return };
    let case = case(Float::BF16, 3, 65_569, Rule::Ties);
    let all = |card: &mut dyn Engine| {
        let counts = card.count_masks(&case.masking(), &[0.4; 3], &case.packed()).unwrap();
        (case.masks(card), case.apply(Kernel::Consensus, Float::F32, card), counts)
    };
    let before = all(&mut card);
    card.narrow_grid(3);
    assert_eq!(all(&mut card), before);
}

#[test]
fn work_that_does_not_fit_together_is_refused_and_y_is_untouched() {
    on_both(|engine| {
        let case = case(Float::F32, 2, 64, Rule::Sum);
        let work = case.masking();
        let (x, mut y) = (case.packed(), vec![7; work.y_bytes()]);
        let wrong = |result: Result<_, Error>| matches!(result, Err(Error::WrongLength { .. }));
        assert!(wrong(engine.masks(&work, &x[1..], &mut y)));
        assert!(wrong(engine.masks(&work, &x, &mut y[1..])));
        let short = Masking { table: Table { strengths: &[1.0], ..work.table }, ..work };
        assert!(wrong(engine.masks(&short, &x, &mut y)));
        assert!(matches!(engine.count_masks(&work, &[0.4; 3], &x), Err(Error::WrongLength { .. })));
        assert!(matches!(
            engine.masks(&Masking { sources: 1, ..work }, &x, &mut y),
            Err(Error::NoSources { .. } | Error::WrongLength { .. })
        ));
        assert!(y.iter().all(|&byte| byte == 7));
    });
}

#[test]
fn a_lost_card_says_so_for_masks_too() {
    let Some(mut card) = open_card() else { return };
    card.lose();
    let case = case(Float::F32, 2, 64, Rule::Sum);
    let mut y = vec![0; case.masking().y_bytes()];
    assert!(matches!(card.masks(&case.masking(), &case.packed(), &mut y), Err(Error::Lost { .. })));
    assert!(matches!(card.count_masks(&case.masking(), &[0.4; 2], &case.packed()), Err(Error::Lost { .. })));
    on_card(|card| assert_eq!(case.masks(card), case.masks(&mut CpuEngine::new())));
}
