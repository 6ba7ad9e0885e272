"""What makes each model: its corpora, sizes and schedule. A recipe and a seed reproduce a bundle."""

from __future__ import annotations

from dataclasses import dataclass

ALIGNMENT_DRAWS = {"location": 0.5, "content": 1.2, "additive": 1.0, "general": 1.0, "dot": 1.0, "scaled_dot": 1.0}
"""How often each alignment function is drawn, relative to the others. Location knows no content and learns little from
more; content starts flatter than the rest."""
ATTENTION_DRAWS = {"global": 1.0, "local_m": 1.0, "local_p": 1.0, "hard": 0.8, "none": 0.3}
"""How often each attention type is drawn. None has one combination where the others have six."""


@dataclass(frozen=True)
class CorpusFile:
    """One parallel corpus of a recipe; paths are relative to the data folder.

    Attributes:
        name: What the card calls it.
        train: TSV (or .gz) of source and target; of images the JSON lines of their captions, or ``seeds A-B`` for the
            drawn scenes of these seeds.
        dev: The same for early stopping.
        images: Folder or .zip of the images of both; where it is empty, they lie beside each JSON-lines file in the
            one of the same name.
        share: Share of the drawn pairs.
        reverse: Whether the file's second column is the source.
        vocabulary_repeats: How often its lines are counted when the vocabularies are trained.
        origin: Public origin, for the card.
        licence: Licence as stated there, for the card.
    """

    name: str
    train: str
    dev: str
    share: float
    origin: str
    licence: str
    reverse: bool = False
    vocabulary_repeats: int = 1
    images: str = ""


@dataclass(frozen=True)
class TestSet:
    """Pairs that a model is scored on: its name in the card, its TSV, and whether the second column is the source.

    Of an image model the path is what `CorpusFile.train` is.
    """

    __test__ = False  # pytest would collect it by its name

    name: str
    path: str
    reverse: bool = False


@dataclass(frozen=True)
class GoldSet:
    """Word-tokenised pairs with gold alignments: name in the card, and a JSON-lines file."""

    name: str
    path: str


@dataclass(frozen=True)
class ImageRecipe:
    """What an image model has besides.

    Attributes:
        size: Height and width in pixels.
        channels: See `models.image_encoder.ImageConfig`, as are blocks and summary.
        images: Images of one update.
        captions: Captions of each of them.
        varied: Whether training mirrors, crops and recolours the images; see `models.augment`.
    """

    size: int
    channels: tuple[int, ...]
    blocks: int = 1
    summary: int = 0
    images: int = 64
    captions: int = 5
    varied: bool = False


@dataclass(frozen=True)
class Pretraining:
    """A first phase of training, on the sources of the training pairs alone; needs one vocabulary for both sides.

    By default there is none.

    Attributes:
        pools: How many pools it takes, before the first pool of pairs.
        words: Target: so many first words of the source.
        dropped: Share of its words that the source is read without, anew each time.
    """

    pools: int = 0
    words: int = 0
    dropped: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.pools} pools of sources alone, {self.dropped:.0%} of their words left out, "
            f"their first {self.words} words written"
        )


@dataclass(frozen=True)
class SelfCritical:
    """A last phase of training, on the model's own captions; see `models.self_critical`. By default there is none.

    Attributes:
        target_tokens: How many target tokens of the corpus it takes.
        learning_rate: All through it.
    """

    target_tokens: int = 0
    learning_rate: float = 5e-5


@dataclass(frozen=True)
class Recipe:
    """A model to train.

    Attributes:
        task: ``translation``, ``summarization`` or ``captioning``.
        family: ``recurrent`` or ``transformer``; the fields of the other family are not read.
        shared: Whether both sides have one vocabulary, and a recurrent model one embedding for reading, writing and
            choosing a piece.
        numbers: How a vocabulary spells numbers: in ``pieces`` like words, in ``digits``, or all as one ``class``, "#".
        pretraining: What comes before the pairs.
        self_critical: What comes after them, for a model of images.
        encoder: What mixes the positions in a Transformer's encoder: ``attention``, ``rnn`` or ``cnn``.
        heads: Heads of each multi-head attention.
        layers: Layers of encoder and decoder each.
        inner: Size inside a feed-forward network.
        target_tokens: Length of training: the learning rate reaches zero after so many target tokens.
        embedding_rate: Learning rate of a Transformer's embeddings as a share of that of the rest: a piece is read or
            emitted in few of the updates.
        weight_decay: Of a Transformer's matrices.
        batch_tokens: Padded tokens of one update.
        strata: Parts of a batch, each under a combination of its own.
        windows: Least and greatest D that training draws for local attention.
        window: Default D of the card.
        widest: Greatest D of the card.
        softness: What a nat of entropy of soft weights takes off the loss. Hard attention is trained on the same scores
            and drives them apart, until soft weights are all but one-hot; this keeps them soft at temperature 1.
        temperature: Default of the card, which it is scored at; training divides no scores.
        patience: Dev evaluations without a better loss before training stops.
        alignment: Default alignment function of the card.
        tests: What ``python -m models.evaluate`` translates.
        gold: What it aligns.
        image: What a model of images has besides.
    """

    name: str
    title: str
    source_language: str
    target_language: str
    corpora: tuple[CorpusFile, ...]
    target_tokens: int
    task: str = "translation"
    family: str = "recurrent"
    vocabulary: int = 8000
    shared: bool = False
    numbers: str = "pieces"
    pretraining: Pretraining = Pretraining()
    self_critical: SelfCritical = SelfCritical()
    hidden: int = 256
    encoder: str = "attention"
    heads: int = 4
    layers: int = 3
    inner: int = 512
    dropout: float = 0.2
    smoothing: float = 0.1
    softness: float = 0.1
    learning_rate: float = 2e-3
    embedding_rate: float = 1.0
    weight_decay: float = 0.0
    warmup: float = 0.03
    batch_tokens: int = 2800
    strata: int = 4
    windows: tuple[int, int] = (3, 10)
    window: float = 5.0
    widest: float = 20.0
    temperature: float = 1.0
    longest: int = 60
    pool_pairs: int = 12_000
    patience: int = 8
    seed: int = 1
    alignment: str = "additive"
    tests: tuple[TestSet, ...] = ()
    gold: tuple[GoldSet, ...] = ()
    image: ImageRecipe | None = None


MULTI30K_ORIGIN = "multi30k/dataset, data/task1/raw"
MULTI30K_LICENCE = "none named for the text; non-commercial research use of the images"

EN_FR = (
    CorpusFile(
        name="Multi30k en-fr",
        train="multi30k/train.en-fr.tsv.gz",
        dev="multi30k/dev.en-fr.tsv",
        share=0.4,
        vocabulary_repeats=5,
        origin=MULTI30K_ORIGIN,
        licence=MULTI30K_LICENCE,
    ),
    CorpusFile(
        name="Hansards en-fr",
        train="hansards/train.tsv.gz",
        dev="hansards/dev.tsv",
        share=0.6,
        origin="loganbrenningmeyer/multi-binaryalign, datasets/en-fr/Hansards",
        licence='"free of charge and without any restrictions that would hamper research"',
    ),
)
EN_FR_TESTS = (
    TestSet("multi30k test-2016", "multi30k/test-2016.en-fr.tsv"),
    TestSet("hansards test", "hansards/test.tsv"),
)
EN_FR_GOLD = (
    GoldSet("hansards-trial-37", "alignment/hansards-trial-37.jsonl"),
    GoldSet("europarl-golden-100", "alignment/europarl-golden-100.jsonl"),
)
DE_EN = (
    CorpusFile(
        name="Multi30k de-en",
        train="multi30k/train.en-de.tsv.gz",
        dev="multi30k/dev.en-de.tsv",
        share=1.0,
        reverse=True,
        origin=MULTI30K_ORIGIN,
        licence=MULTI30K_LICENCE,
    ),
)
REUTERS = (
    CorpusFile(
        name="Reuters-21578 lead-headline",
        train="reuters/train.tsv.gz",
        dev="reuters/dev.tsv",
        share=1.0,
        origin="learp/crime_classification, reuters21578",
        licence='"for research purposes only"',
    ),
)
REUTERS_TESTS = (TestSet("reuters test", "reuters/test.tsv"), TestSet("reuters dev", "reuters/dev.tsv"))
DE_EN_TESTS = (TestSet("multi30k test-2016", "multi30k/test-2016.en-de.tsv", reverse=True),)

PHOTOS = (
    CorpusFile(
        name="Flickr8k",
        train="flickr8k/train.jsonl",
        dev="flickr8k/dev.jsonl",
        share=1.0,
        origin="images: RlNZLER/Image-Text-Matching; captions: quantumnaan/sic_translator",
        licence="non-commercial research use",
    ),
)
SCENES = (
    CorpusFile(
        name="drawn scenes",
        train="seeds 0-59999",
        dev="seeds 900000-900999",
        share=1.0,
        origin="drawn and described by explorer.scenes",
        licence="our own",
    ),
)


def transformer_en_fr(name: str, title: str, encoder: str) -> Recipe:
    """Return one of the three Transformers: only the encoder's mixer differs."""
    return Recipe(
        name=name,
        title=title,
        source_language="en",
        target_language="fr",
        corpora=EN_FR,
        target_tokens=9_000_000,
        family="transformer",
        encoder=encoder,
        dropout=0.1,
        learning_rate=1.5e-3,
        embedding_rate=5.0,
        weight_decay=2.0,
        batch_tokens=4000,
        tests=EN_FR_TESTS,
        gold=EN_FR_GOLD,
    )


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="translate-en-fr",
            title="translate en→fr · GRU",
            source_language="en",
            target_language="fr",
            corpora=EN_FR,
            target_tokens=18_000_000,
            tests=EN_FR_TESTS,
            gold=EN_FR_GOLD,
        ),
        Recipe(
            name="translate-de-en",
            title="translate de→en · GRU",
            source_language="de",
            target_language="en",
            corpora=DE_EN,
            target_tokens=6_500_000,
            vocabulary=6000,
            dropout=0.4,
            tests=DE_EN_TESTS,
        ),
        Recipe(
            name="summarize-reuters",
            title="summarize · GRU",
            source_language="en",
            target_language="en",
            corpora=REUTERS,
            target_tokens=1_800_000,
            task="summarization",
            vocabulary=4000,
            shared=True,
            pretraining=Pretraining(pools=5, words=12, dropped=0.1),
            hidden=192,
            dropout=0.3,
            warmup=0.05,
            batch_tokens=1000,
            longest=128,
            pool_pairs=3000,
            alignment="dot",
            tests=REUTERS_TESTS,
        ),
        transformer_en_fr("transformer-en-fr", "translate en→fr · Transformer", "attention"),
        transformer_en_fr("transformer-rnn-en-fr", "translate en→fr · Transformer, GRU encoder", "rnn"),
        transformer_en_fr("transformer-cnn-en-fr", "translate en→fr · Transformer, CNN encoder", "cnn"),
        Recipe(
            name="transformer-de-en",
            title="translate de→en · Transformer",
            source_language="de",
            target_language="en",
            corpora=DE_EN,
            target_tokens=4_000_000,
            family="transformer",
            vocabulary=6000,
            dropout=0.15,
            learning_rate=1.5e-3,
            embedding_rate=5.0,
            weight_decay=2.0,
            tests=DE_EN_TESTS,
        ),
        Recipe(
            name="caption-photos",
            title="caption photographs · CNN, GRU",
            task="captioning",
            source_language="image",
            target_language="en",
            corpora=PHOTOS,
            alignment="dot",
            target_tokens=9_000_000,
            temperature=0.1,
            self_critical=SelfCritical(target_tokens=1_000_000, learning_rate=2.5e-5),
            vocabulary=2500,
            dropout=0.4,
            learning_rate=1.5e-3,
            embedding_rate=2.0,
            weight_decay=1.0,
            longest=32,
            windows=(1, 4),
            window=2.0,
            widest=8.0,
            image=ImageRecipe(size=128, channels=(32, 64, 128, 256), varied=True),
            tests=(TestSet("flickr8k test", "flickr8k/test.jsonl"),),
        ),
        Recipe(
            name="caption-scenes",
            title="caption drawn scenes · CNN, GRU",
            task="captioning",
            source_language="image",
            target_language="en",
            corpora=SCENES,
            alignment="scaled_dot",
            target_tokens=20_000_000,
            vocabulary=300,
            dropout=0.0,
            smoothing=0.0,
            softness=0.02,
            learning_rate=2e-3,
            embedding_rate=2.0,
            weight_decay=0.3,
            longest=32,
            windows=(1, 4),
            window=2.0,
            widest=8.0,
            image=ImageRecipe(size=64, channels=(32, 64, 128), summary=8, captions=4),
            tests=(TestSet("scenes test", "seeds 1000000-1000999"),),
        ),
    )
}
