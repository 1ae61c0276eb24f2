"""What model servers say of a model they cannot load: Triton, TorchServe, MLServer, TensorFlow, vLLM."""

from handlers.extract.log_sign import Sign, either
from rules.facts.log import SignatureKind as Kind

SERVERS = (
    Sign(
        Kind.MODEL_NOT_FOUND,
        (
            "poll failed for model directory",
            "no versions of servable",
            "model not found at",
            "missing model file",
        ),
        either(
            r"poll failed for model directory '(?P<subject>[^']{1,300})'",
            r"no versions of servable (?P<subject2>\S{1,200}) found",
            r"modelnotfoundexception: model not found at:? (?P<subject3>\S{1,300})",
            r"missing model file",
        ),
    ),
    Sign(
        Kind.MODEL_NOT_FOUND,
        ("invalidmodeluri", "savedmodel file does not exist", "does not appear to have a file named"),
        either(
            r"invalidmodeluri: invalid uri specified for model (?P<subject>\S{1,200})",
            r"savedmodel file does not exist at:? (?P<subject2>[^\s{]{1,300})",
            r"(?P<subject3>/\S{1,300}) does not appear to have a file named",
        ),
    ),
    Sign(
        Kind.MODEL_NOT_FOUND,
        ('find an "mlmodel" configuration file',),
        r"configuration file at \"?(?P<subject>[^\s\"]{1,300})",
    ),
    Sign(
        Kind.MODEL_UNREADABLE,
        ("failed to load '", "load model failed", "couldn't load model", "more than one model file"),
        either(
            r"failed to load '(?P<subject>[^']{1,200})'",
            r"load model failed: (?P<subject2>[^,\s]{1,200})",
            r"couldn't load model '(?P<subject3>[^']{1,200})'",
            r"more than one model file is detected",
        ),
    ),
    Sign(
        Kind.MODEL_UNREADABLE,
        ("model architectures", "lightgbmerror: could not open", "xgboosterror"),
        either(
            r"model architectures (?P<subject>\[[^\]]{1,200}\]) are not supported",
            r"lightgbmerror: could not open (?P<subject2>\S{1,300})",
            r"xgboosterror: .{0,300}(?:failed to open|invalid (?:model|json)|unknown model)",
        ),
    ),
)
