"""What a process says of itself: memory, GPU, files, commands, modules, environment, configuration."""

from handlers.extract.log_sign import Sign, either
from rules.facts.log import SignatureKind as Kind

_PATH = r"[^\s\"'\u2018\u2019:,()]{1,500}"
_VARIABLE = r"[A-Z][A-Z0-9_]{2,80}"
FILES = (
    r"(?:read-only file system|no space left on device|quota exceeded): '(?P<target>[^']{1,500})'",
    rf"(?:open|mkdir|create|touch|write|copy|directory|remove|unlink|,) [\"'\u2018]?(?P<target>/{_PATH})",
)
"""Where a line names the file that could not be written."""
_QUOTE = r"[\"'`\u2018]?"

MEMORY = (
    Sign(
        Kind.OUT_OF_MEMORY_IN_PROCESS,
        (
            "cuda out of memory",
            "cuda error: out of memory",
            "no available memory for the cache blocks",
            "cuda_error_out_of_memory",
        ),
        code="gpu",
    ),
    Sign(
        Kind.OUT_OF_MEMORY_IN_PROCESS,
        ("outofmemoryerror", "java heap space", "gc overhead limit"),
        r"java\.lang\.outofmemoryerror|java heap space|gc overhead limit",
        "heap",
    ),
    Sign(
        Kind.OUT_OF_MEMORY_IN_PROCESS, ("outofmemoryerror",), r"(?:cuda|torch).{0,20}outofmemoryerror", "gpu"
    ),
    Sign(
        Kind.OUT_OF_MEMORY_IN_PROCESS, ("heap out of memory", "allocation failed - javascript"), code="heap"
    ),
    Sign(
        Kind.OUT_OF_MEMORY_IN_PROCESS,
        (
            "memoryerror",
            "cannot allocate memory",
            "bad_alloc",
            "can't allocate memory",
            "runtime: out of memory",
            "unable to allocate",
        ),
        either(
            r"\bmemoryerror\b",
            r"cannot allocate memory",
            r"bad_alloc",
            r"can't allocate memory",
            r"runtime: out of memory",
            r"unable to allocate [\d.]+ [kmgtp]i?b",
        ),
        "host",
    ),
    Sign(
        Kind.WORKER_KILLED,
        (
            "was sent sigkill",
            "terminated abruptly",
            "killed by signal",
            "executor was unexpectedly terminated",
        ),
        either(
            r"was sent sigkill",
            r"process pool was terminated abruptly",
            r"is killed by signal: (?P<subject>[\w ]{1,30})",
            r"executor was unexpectedly terminated",
        ),
    ),
    Sign(Kind.WORKER_KILLED, ("killed",), r"^killed$|: line \d+: +\d+ killed "),
    Sign(Kind.WORKER_TIMEOUT, ("worker timeout (pid",)),
    Sign(Kind.SEGMENTATION_FAULT, ("segmentation fault", "sigsegv")),
    Sign(
        Kind.GPU_UNAVAILABLE,
        (
            "cuda driver version is insufficient",
            "no cuda-capable device",
            "found no nvidia driver",
            "libcuda.so",
            "not compiled with cuda",
            "nvidia-smi has failed",
            "no kernel image is available",
            "driver/library version mismatch",
            "deserialize object on a cuda device",
            "cuda gpus are available",
        ),
        either(
            r"insufficient",
            r"capable device",
            r"no nvidia driver",
            r"libcuda\.so\S* ?(?:: )?cannot open",
            r"not compiled",
            r"nvidia-smi has failed",
            r"no kernel image",
            r"mismatch",
            r"on a cuda device",
            r"no cuda gpus are available",
        ),
    ),
)

START = (
    Sign(
        Kind.EXEC_FORMAT,
        ("exec format error", "cannot execute binary file"),
        rf"(?:exec (?P<subject>{_PATH}):)?",
    ),
    Sign(
        Kind.COMMAND_NOT_FOUND,
        ("not found",),
        either(
            rf"^(?:\S{{0,100}}/)?(?:ba|da|a|z)?sh: (?:\d+: |line \d+: )?(?P<subject>{_PATH}): "
            r"(?:command )?not found",
            r"exec: \"(?P<subject2>[^\"]{1,500})\": executable file not found",
        ),
    ),
    Sign(
        Kind.COMMAND_NOT_FOUND,
        ("no such file",),
        either(
            rf"^exec (?P<subject>{_PATH}): no such file",
            rf"env: {_QUOTE}(?P<subject2>[^'\u2019:]{{1,200}})['\u2019]?: no such file",
        ),
    ),
    Sign(
        Kind.PORT_IN_USE,
        ("already in use", "eaddrinuse", "connection in use"),
        r"already in use|eaddrinuse|connection in use: ",
    ),
    Sign(
        Kind.READ_ONLY_FILESYSTEM,
        ("read-only file system", "erofs"),
    ),
    Sign(
        Kind.DISK_FULL,
        ("no space left on device", "enospc", "disk quota exceeded", "database or disk is full"),
    ),
    Sign(
        Kind.PERMISSION_DENIED,
        ("permission denied", "eacces"),
        either(
            r"\[errno 13\] permission denied: '(?P<subject>[^']{1,500})'",
            r"(?:open|mkdir|stat|unlink|exec|fork/exec|scandir|bind|directory"
            rf"|create|listen tcp) {_QUOTE}(?P<subject2>(?=[/.~:]){_PATH}(?::\d+)?|:\d+){_QUOTE}.{{0,40}}: "
            r"(?:bind: )?permission denied",
            r"eacces: permission denied, \w+ '(?P<subject3>[^']{1,500})'",
            rf"(?:^|: )(?P<subject4>/{_PATH}): permission denied",
            r"'(?P<subject5>/[^']{1,500})'.{0,40}permission denied",
        ),
    ),
)

CODE = (
    Sign(
        Kind.MISSING_MODULE,
        (
            "no module named",
            "cannot import name",
            "shared librar",
            "shared object file",
            "cannot find module",
            "cannot find package",
            "classnotfoundexception",
            "noclassdeffounderror",
            "cannot load such file",
            "glibc",
        ),
        either(
            r"no module named '?(?P<subject>[\w.]{1,200})",
            r"cannot import name '(?P<subject2>[\w.]{1,200})'",
            r"shared libraries: (?P<subject3>\S{1,200}?): cannot open",
            r"(?P<subject4>[\w.\-+]{1,200}\.so[\w.]{0,40}): cannot open shared object",
            r"cannot find (?:module|package) '(?P<subject5>[^']{1,300})'",
            r"(?:classnotfoundexception|noclassdeffounderror): (?P<subject6>[\w./$]{1,300})",
            r"cannot load such file -- (?P<subject7>\S{1,300})",
            r"version [`'](?P<subject8>glibc[\w.]{1,40})' not found",
        ),
    ),
    Sign(
        Kind.MISSING_ENV,
        ("environment variable", "env var", "required key", "undefinedvalueerror", "environ"),
        either(
            rf"environment variables? {_QUOTE}(?P<subject>(?-i:{_VARIABLE}))[\"'`]? "
            r"(?:is |was |must |has |not |to )*(?:not |un)?(?:set|defined"
            r"|required|missing|empty|found|provided|be)",
            rf"(?P<subject2>(?-i:{_VARIABLE}))[\"'`]? (?:environment|env) var"
            r"(?:iable)? (?:is |was |must |not )*(?:not |un)?(?:set|defined"
            r"|required|missing|empty|found|be)",
            r"(?:missing|required|set the)(?: required| the)? (?:environment"
            rf"|env) var(?:iable)?s?:? {_QUOTE}(?P<subject3>(?-i:{_VARIABLE}))",
            rf"(?:missing|set the) (?:the |required )?{_QUOTE}(?P<subject4>"
            rf"(?-i:{_VARIABLE})){_QUOTE} (?:environment|env) var",
            rf"required key (?P<subject5>{_VARIABLE}) missing value",
            rf"undefinedvalueerror: (?P<subject6>{_VARIABLE}) not found",
        ),
    ),
    Sign(
        Kind.INVALID_CONFIG,
        (
            "unknown field",
            "unrecognized argument",
            "unknown flag",
            "not defined: -",
            "no such option",
            "unknown shorthand",
            "yaml",
            "cannot unmarshal",
            "config",
            "settings",
            "invalid value for",
        ),
        either(
            r"unknown (?:field|option|key) [\\\"'`]{0,2}(?P<subject>[\w.\-\[\]]{1,200})",
            r"unrecognized arguments?: (?P<subject2>\S{1,200})",
            r"unknown (?:shorthand )?flag: '?(?P<subject3>-{1,2}[\w\-]{1,100}|\w)",
            r"flag provided but not defined: (?P<subject4>-\S{1,100})",
            r"no such option: (?P<subject5>-{1,2}[\w\-]{1,100})",
            r"yaml: (?:line \d+|unmarshal|did not)|yaml\.(?:scanner|parser"
            r"|constructor)\.\w*error|error (?:converting|parsing) yaml",
            r"json: cannot unmarshal",
            r"\d+ validation errors? for (?P<subject6>\w{0,100}(?:settings|config)\w{0,100})",
            r"^(?:usage )?error: invalid value for (?P<subject7>.{1,100}?):",
        ),
    ),
    Sign(
        Kind.INVALID_CONFIG,
        ("config",),
        either(
            r"(?:failed|unable|cannot|could not|error) (?:to )?(?:load|loading"
            r"|pars(?:e|ing)|read(?:ing)?|decod(?:e|ing)|validat(?:e|ing)) "
            r"(?:the |your )?[\w ]{0,30}\bconfig",
            r"invalid config(?:uration)?\b|improperlyconfigured|configuration error",
        ),
        vague=True,
    ),
    Sign(
        Kind.MISSING_FILE,
        (
            "no such file or directory",
            "can't open file",
            "filenotfoundexception",
            "unable to access jarfile",
            "nosuchfileexception",
        ),
        either(
            r"no such file or directory: b?'(?P<subject>[^']{1,500})'",
            r"no such file or directory, \w+ '(?P<subject2>[^']{1,500})'",
            rf"(?:open|stat|lstat|chdir|readlink) (?P<subject3>{_PATH}): no such file",
            rf"(?P<subject4>/{_PATH})['\u2019]?: no such file or directory",
            r"can't open file '(?P<subject5>[^']{1,500})'",
            rf"(?:filenotfoundexception|nosuchfileexception): (?P<subject6>{_PATH})",
            rf"unable to access jarfile (?P<subject7>{_PATH})",
        ),
    ),
    Sign(Kind.MISSING_FILE, ("filenotfounderror",), vague=True),
)
