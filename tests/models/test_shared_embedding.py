"""A recurrent model with one embedding: it is one tensor, and the model begins by writing what it looks at."""

from __future__ import annotations

import pytest
import torch

from models.checkpoint import config_dict, round_weights
from models.families import load_config, new_config
from models.objective import new_optimisers
from models.recipes import RECIPES
from models.recurrent import RecurrentConfig, RecurrentModel

VOCAB = 50


def made(shared: bool = True) -> RecurrentModel:
    return RecurrentModel(RecurrentConfig(VOCAB, VOCAB, hidden=64, max_source=12, max_target=10, shared=shared))


def test_reading_writing_and_choosing_are_one_tensor() -> None:
    model, apart = made(), made(shared=False)
    assert model.encoder.embedding.weight is model.decoder.embedding.weight
    assert apart.encoder.embedding.weight is not apart.decoder.embedding.weight
    count, count_apart = (sum(each.numel() for each in one.parameters()) for one in (model, apart))
    assert count_apart - count == VOCAB * 64
    (adam,) = new_optimisers(model, RECIPES["summarize-reuters"])
    assert sum(each is model.encoder.embedding.weight for each in adam.param_groups[0]["params"]) == 1


def test_it_is_still_one_after_loading_and_rounding() -> None:
    model, loaded = made(), made()
    loaded.load_state_dict({name: value.clone() for name, value in model.state_dict().items()})
    round_weights(loaded)
    assert loaded.encoder.embedding.weight is loaded.decoder.embedding.weight
    assert torch.equal(loaded.decoder.embedding.weight, model.encoder.embedding.weight.half().float())


def test_source_and_target_teach_the_same_tensor() -> None:
    model = made()
    memory, state = model.encoder(torch.tensor([[7, 8, 3]]), torch.ones(1, 3, dtype=torch.bool))
    query = model.decoder.queries(torch.tensor([[2, 9]]), state)
    model.decoder.attentional_state(query, memory[:, :2]).sum().backward()
    gradient = model.encoder.embedding.weight.grad
    assert gradient is not None
    assert gradient.abs().sum(dim=1).nonzero().flatten().tolist() == [2, 3, 7, 8, 9]


@pytest.mark.parametrize("shared", [True, False])
def test_an_untrained_model_writes_what_it_looks_at_where_it_has_one_embedding(shared: bool) -> None:
    torch.manual_seed(1)
    model = made(shared).eval()
    source = torch.randperm(VOCAB - 4)[:12].unsqueeze(0) + 4
    with torch.no_grad():
        memory, state = model.encoder(source, torch.ones(1, 12, dtype=torch.bool))
        query = model.decoder.queries(torch.full((1, 12), 2), state)
        written = model.decoder.logits(model.decoder.attentional_state(query, memory)).argmax(dim=-1)
    copied = int((written == source).sum())
    assert copied == 12 if shared else copied <= 2


def test_sizes_of_older_checkpoints_have_embeddings_of_their_own() -> None:
    older = {name: value for name, value in config_dict(made().config).items() if name != "shared"}
    assert load_config("recurrent", older) == made(shared=False).config


def test_the_recipe_shares() -> None:
    config = new_config(RECIPES["summarize-reuters"], VOCAB, VOCAB)
    assert isinstance(config, RecurrentConfig)
    assert config.shared
    assert config.max_source >= 128, "a lead of 60 words fits"
    assert not any(recipe.shared for recipe in RECIPES.values() if recipe.task == "translation")
