import pytest

from kc.library.monitor import higher_is_better, rises


@pytest.mark.parametrize(
    ("log", "higher"),
    [
        ("loss", False),
        ("val_loss", False),
        ("accuracy", True),
        ("val_accuracy", True),
        ("mean_squared_error", False),
        ("r2_score", True),
        ("val_precision_at_recall", True),
        ("precision_1", True),
        ("val_precision_12", True),
        ("age_auc", True),
        ("val_age_group_auc_2", True),
        ("age_cosine_similarity", True),
        ("accuracy_loss", False),
        ("precision_false_positives", False),
        ("size_root_mean_squared_error", False),
        ("learning_rate", False),
        ("", False),
    ],
)
def test_a_log_has_the_direction_of_its_metric(log, higher):
    assert higher_is_better(log) == higher
    assert rises(log, "auto") == higher
    assert rises(log, "max")
    assert not rises(log, "min")
