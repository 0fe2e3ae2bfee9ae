# Quoth in a container, without a GPU:
#     docker build -t quoth .
#     docker run -p 7860:7860 -v quoth:/data quoth
# What is added lives in the volume; the container itself may be thrown away.

FROM python:3.12-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends tesseract-ocr tesseract-ocr-eng tesseract-ocr-osd \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /quoth
COPY requirements-cpu.txt ./
# On x86-64 the torch of PyPI brings CUDA with it: an image of 6.4 GB, not of 2.4. A package
# index that has PyTorch's builds for the CPU spares that: --build-arg PIP_EXTRA_INDEX_URL=ADDRESS
ARG PIP_EXTRA_INDEX_URL
RUN pip install --no-cache-dir --requirement requirements-cpu.txt
COPY app.py LICENSE ./
COPY retriever retriever
COPY reader reader
COPY chatbot chatbot

RUN useradd --create-home --uid 1000 quoth && install -d -o quoth /data
USER quoth
ENV QUOTH_HOME=/data QUOTH_HOST=0.0.0.0 QUOTH_PORT=7860 PYTHONUNBUFFERED=1
# Nothing is fetched, and nothing is told: ONNX Runtime else reports its use to its makers.
ENV HF_HUB_OFFLINE=1 ORT_DISABLE_TELEMETRY=1
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"QUOTH_PORT\"]}/health', timeout=9)"]
CMD ["python", "app.py"]
