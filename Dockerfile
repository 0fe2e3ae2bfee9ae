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
RUN pip install --no-cache-dir --requirement requirements-cpu.txt
COPY app.py LICENSE ./
COPY retriever retriever
COPY reader reader
COPY chatbot chatbot

RUN useradd --create-home --uid 1000 quoth && install -d -o quoth /data
USER quoth
ENV QUOTH_HOME=/data QUOTH_HOST=0.0.0.0 QUOTH_PORT=7860 HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/health', timeout=9)"]
CMD ["python", "app.py"]
