"""The rows of `support.metrics`, from one module a kind of measure."""

from tests.properties.metrics.decisions import DECISIONS
from tests.properties.metrics.disentanglement import INFORMATION
from tests.properties.metrics.fairness_and_explanations import JUDGED
from tests.properties.metrics.probes import COMPACT, PROBES
from tests.properties.metrics.relevance import RELEVANCE, SEPARATION
from tests.properties.metrics.similarity import SIMILARITY
from tests.properties.metrics.sparse_codes import CODES
from tests.properties.metrics.speech import ENHANCEMENT
from tests.properties.metrics.statistics import STATISTICS
from tests.properties.metrics.unlearning import UNLEARNING
from tests.properties.metrics.verification import VERIFICATION

__all__ = ["COMPLETE", "HELPERS", "ROWS"]

COMPLETE = True

ROWS = (
    STATISTICS
    + CODES
    + SIMILARITY
    + SEPARATION
    + DECISIONS
    + JUDGED
    + PROBES
    + COMPACT
    + UNLEARNING
    + VERIFICATION
    + INFORMATION
    + RELEVANCE
    + ENHANCEMENT
)

HELPERS = {
    "support.metrics.discrete.compact": "renumbers what was checked",
    "support.metrics.fairness.kl_floor": "takes counts",
    "support.metrics.disentanglement.inputs.check_choice": "takes a word",
    "support.metrics.disentanglement.inputs.check_sample": "the edge of the scores",
    "support.metrics.disentanglement.inputs.code_values": "behind check_sample",
    "support.metrics.disentanglement.inputs.histogram_information": "under the gaps",
    "support.metrics.disentanglement.inputs.rescale": "takes one number",
    "support.metrics.disentanglement.inputs.rounding_of": "behind check_sample",
    "support.metrics.disentanglement.inputs.spread": "behind check_sample",
    "support.metrics.intervals.smallest_p": "takes a count of seeds",
    "support.metrics.comparisons.against": "the two tests and the interval, by names",
    "support.metrics.ranking.critical_difference": "takes counts and a level",
    "support.metrics.intervals.array_of": "the edge of the statistics",
    "support.metrics.intervals.sample_of": "the edge of the statistics",
    "support.metrics.unlearning.distance_to_retraining": "takes scores by name",
    "support.metrics.similarity.inputs.centred": "behind check_pair",
    "support.metrics.similarity.inputs.check_pair": "the edge of the similarities",
    "support.metrics.similarity.inputs.check_side": "the edge of the similarities",
    "support.metrics.similarity.inputs.check_test": "the edge of the fits",
    "support.metrics.similarity.inputs.column_mean": "behind check_pair",
    "support.metrics.similarity.kernels.alignment": "a ratio of numbers",
    "support.metrics.similarity.kernels.linear_hsics": "behind check_pair",
}
