//! The architecture of a model, as people call it: a table of rows.

use serde_json::Value;

/// How a family is recognised.
struct Family {
    /// As people write it.
    name: &'static str,
    /// Beginning of a class name in the settings' `architectures`.
    class: &'static str,
    /// Value of `model_type` in the settings.
    model_type: &'static str,
    /// A part of a tensor name that only this family has; empty if there is none.
    tensor: &'static str,
}

const fn row(name: &'static str, class: &'static str, model_type: &'static str, tensor: &'static str) -> Family {
    Family { name, class, model_type, tensor }
}

/// More special names stand before those they begin with.
const FAMILIES: &[Family] = &[
    row("ViT", "ViT", "vit", "vit.encoder.layer."),
    row("DeiT", "DeiT", "deit", "deit.encoder.layer."),
    row("BEiT", "Beit", "beit", "beit.encoder.layer."),
    row("DINOv2", "Dinov2", "dinov2", "dinov2."),
    row("Swin", "Swin", "swin", "swin.encoder."),
    row("ConvNeXt", "ConvNext", "convnext", "convnext.encoder."),
    row("ResNet", "ResNet", "resnet", "resnet.encoder."),
    row("SigLIP", "Siglip", "siglip", ""),
    row("CLIP", "CLIP", "clip", "visual_projection"),
    row("CLIP", "CLIP", "clip_vision_model", "vision_model.encoder.layers."),
    row("DistilBERT", "DistilBert", "distilbert", "distilbert."),
    row("XLM-RoBERTa", "XLMRoberta", "xlm-roberta", ""),
    row("RoBERTa", "Roberta", "roberta", "roberta.encoder."),
    row("DeBERTa", "Deberta", "deberta-v2", "deberta.encoder."),
    row("DeBERTa", "Deberta", "deberta", ""),
    row("ModernBERT", "ModernBert", "modernbert", ""),
    row("ELECTRA", "Electra", "electra", "electra.encoder."),
    row("ALBERT", "Albert", "albert", "albert.encoder."),
    row("BERT", "Bert", "bert", "bert.encoder."),
    row("T5", "T5", "t5", "decoder.block.0.layer.1.EncDecAttention"),
    row("BART", "Bart", "bart", ""),
    row("Whisper", "Whisper", "whisper", ""),
    row("wav2vec 2.0", "Wav2Vec2", "wav2vec2", "wav2vec2."),
    row("Mixtral", "Mixtral", "mixtral", "block_sparse_moe"),
    row("Mistral", "Mistral", "mistral", ""),
    row("Qwen", "Qwen", "qwen2", ""),
    row("Qwen", "Qwen", "qwen3", ""),
    row("Gemma", "Gemma", "gemma", ""),
    row("Gemma", "Gemma", "gemma2", ""),
    row("Gemma", "Gemma", "gemma3_text", ""),
    row("Phi", "Phi", "phi3", ""),
    row("Phi", "Phi", "phi", ""),
    row("OLMo", "Olmo", "olmo2", ""),
    row("GPT-NeoX", "GPTNeoX", "gpt_neox", "gpt_neox.layers."),
    row("GPT-2", "GPT2", "gpt2", ".attn.c_attn."),
    row("Llama", "Llama", "llama", "model.layers.0.self_attn.q_proj."),
];

/// The family of a model by its settings, else by its tensor names; `unknown` if neither is known.
pub(super) fn family<'a>(config: Option<&Value>, tensors: impl Iterator<Item = &'a str> + Clone) -> String {
    let by_config = config.and_then(|config| by_class(config).or_else(|| by_type(config)));
    let by_tensor = || {
        let known = |row: &&Family| !row.tensor.is_empty() && tensors.clone().any(|name| name.contains(row.tensor));
        FAMILIES.iter().find(known).map(|row| row.name.to_owned())
    };
    by_config.or_else(by_tensor).unwrap_or_else(|| "unknown".to_owned())
}

fn by_class(config: &Value) -> Option<String> {
    let class = config.get("architectures")?.get(0)?.as_str()?;
    FAMILIES.iter().find(|row| class.starts_with(row.class)).map(|row| row.name.to_owned())
}

/// A type that is not in the table is still a better name than none.
fn by_type(config: &Value) -> Option<String> {
    let model_type = config.get("model_type")?.as_str().filter(|name| !name.is_empty() && name.len() <= 40)?;
    let row = FAMILIES.iter().find(|row| row.model_type == model_type);
    Some(row.map_or_else(|| model_type.to_owned(), |row| row.name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn families_come_from_settings_first_then_from_names() {
        let named = |config: Option<Value>, tensors: &[&str]| family(config.as_ref(), tensors.iter().copied());
        assert_eq!(named(Some(json!({"architectures": ["ViTForImageClassification"]})), &["bert.encoder.x"]), "ViT");
        assert_eq!(named(Some(json!({"architectures": ["RobertaModel"]})), &[]), "RoBERTa");
        assert_eq!(named(Some(json!({"model_type": "llama"})), &[]), "Llama");
        assert_eq!(named(Some(json!({"model_type": "novelty"})), &[]), "novelty");
        assert_eq!(named(None, &["bert.encoder.layer.0.x"]), "BERT");
        assert_eq!(named(Some(json!({})), &["distilbert.transformer.layer.0.x"]), "DistilBERT");
        assert_eq!(named(None, &["a.weight"]), "unknown");
    }

    #[test]
    fn no_row_hides_a_later_one() {
        for (at, row) in FAMILIES.iter().enumerate() {
            let first = FAMILIES.iter().find(|other| row.class.starts_with(other.class)).expect("the row itself");
            assert_eq!(first.name, row.name, "row {at}");
        }
    }
}
