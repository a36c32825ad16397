"""Words that tell nobody who the owner of a stack is: of published images and models, of paths, labels and programs.

An anonymised clip keeps these and nothing else that somebody chose. A word that is missing here costs a reader a
little; one too many could cost the owner more: so only what anybody may publish or find in any system stands here.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


IMAGES = _words(
    "adminer airflow alertmanager alloy alpine ansible bookstack busybox cadvisor caddy cassandra celery chroma "
    "chromadb clickhouse clickhouse-server cloudflared cockroach comfyui confluent-kafka consul couchdb debian "
    "dind dnsmasq docker elasticsearch etcd faiss fluent-bit fluentd flowise gitea gitlab-ce golang grafana "
    "haproxy homeassistant httpd influxdb jaeger jenkins jupyter kafka keycloak kibana kong langflow langfuse "
    "litellm localai logstash loki mariadb memcached milvus minio mlflow mongo mongo-express mongodb mosquitto "
    "mysql n8n nats neo4j nextcloud nginx node node-exporter ollama open-webui opensearch openjdk otel-collector "
    "pgadmin4 pgbouncer pgvector php phpmyadmin portainer portainer-ce postgres postgres-exporter postgresql "
    "prometheus promtail pushgateway python qdrant rabbitmq ray redis redis-exporter redis-stack registry searxng "
    "selenium sonarqube swarm temporal text-generation-inference tgi timescaledb traefik triton tritonserver "
    "ubuntu uptime-kuma valkey varnish vault vllm vllm-openai watchtower weaviate whisper wordpress zipkin "
    "zookeeper"
)
"""The last words of the names of images that anybody may pull."""

PROGRAMS = IMAGES | _words(
    "apache2 bash beam.smp chrome chronyd cc1plus clang code containerd containerd-shim cron crond dbus-daemon "
    "dockerd firefox gcc git gunicorn java journald kswapd0 kubelet kthreadd mysqld ollama_llama_server mongod "
    "npm perl php-fpm podman puma rsync ruby runc sh snapd sshd sudo systemd systemd-journal systemd-udevd tar "
    "top uvicorn vim"
)
"""Programs that are found anywhere, by the kernel's short names."""

SEGMENTS = IMAGES | _words(
    "_data app apps backup backups bin boot bridge cache cgroup compose compose.override.yaml "
    "compose.override.yml compose.sutaztop.yaml compose.yaml compose.yml conf conf.d config containers data db "
    "default dev devicemapper docker docker-compose.override.yml docker-compose.yaml docker-compose.yml "
    "docker.sock dockerfile .env efi etc fs home html image ipc lib lib64 local log logs media memory mnt models "
    "mongo-data mount none nvme opt overlay overlay2 plugins proc pgdata rootfs root run sbin secrets share shm "
    "snap srv storage sys system.slice tmp tmpfs udev unified user.slice usr var volumes www"
)
"""Parts of paths that are found anywhere."""

LABELS = ("com.docker.", "org.opencontainers.image.", "com.sutaztop.", "desktop.docker.", "io.docker.")
"""Beginnings of label keys that are published."""

VARIABLES = tuple(
    sorted(
        _words(
            "CUDA_ DATABASE_URL GRAFANA_ GF_ GPU_ HOME HOSTNAME HTTP_PROXY HTTPS_PROXY JAVA_ LANG LC_ MINIO_ MONGO_ "
            "MYSQL_ NGINX_ NO_PROXY NODE_ NVIDIA_ OLLAMA_ OPENAI_ PATH PG POSTGRES_ PYTHON QDRANT_ REDIS_ TERM TZ"
        )
    )
)
"""Beginnings of environment keys that are published: what settings of well-known programs are called."""

SPOKEN = _words(
    "a about all an and any are as at back be been before by can change changes container containers core cores "
    "cpu day days demo disk disks engine error file files for free from full gone had has have healthy high host "
    "hour hours image in is it its kernel killed less limit limits local log logs low memory min minute minutes "
    "model models more most name network no none not now of off on one only or out over pressure project projects "
    "replica replicas restart restarts run running second seconds service services set share since size so start "
    "state stop swap swarm task than that the this time to total under unhealthy unknown up use used volume "
    "volumes was were what when where which while will with work works worst"
)
"""Words that this program itself writes: in a sentence they are no names."""

_MODEL_WORDS = _words(
    "all all-minilm aya bakllava bge code codegemma codellama codestral cogito command coder deepseek devstral "
    "distill dolphin embed embedding falcon gemma gemma2 gemma3 gpt granite hermes instruct chat it large latest "
    "llama llama2 llama3 llava magistral math medium mini minilm minicpm mistral mixtral moondream mxbai nano "
    "neural nemo nemotron nomic nous openchat orca orpheus oss phi phi3 phi4 preview qwen qwen2 qwen3 qwq r "
    "reasoning reranker scout small snowflake solar arctic sqlcoder stable starcoder starling text think tiny "
    "tinyllama tulu v vicuna vision vl wizardcoder xl yi zephyr b k m q s x fp bf f e iq mb l qat cloud"
)
_WORD = re.compile(r"[a-z]+")


def is_public_model(name: str) -> bool:
    """Whether a model's name is made of nothing but published words, numbers and sizes.

    >>> is_public_model("llama3.2:3b"), is_public_model("qwen2.5-coder:7b-instruct-q4_K_M")
    (True, True)
    >>> is_public_model("acme-bot:latest"), is_public_model("jane/llama3.2:3b")
    (False, False)
    """
    return "/" not in name and all(word in _MODEL_WORDS for word in _WORD.findall(name.casefold()))
