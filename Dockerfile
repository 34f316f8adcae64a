# docker build -t t5 . && docker run -it t5
FROM debian:13
RUN apt-get update && apt-get install -y --no-install-recommends make
WORKDIR /t5
COPY .ci/deps .ci/deps
RUN sh .ci/deps
COPY . .
RUN make
CMD ["bash"]
