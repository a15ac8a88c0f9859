# One image for web, worker, beat and the one-shot migration.
FROM python:3.13-slim AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
COPY bootstrap.lock base.lock ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r bootstrap.lock \
    && VIRTUAL_ENV=/venv /venv/bin/uv pip install --no-cache --compile-bytecode --require-hashes -r base.lock
COPY . .
RUN SECRET_KEY=only-to-collect-static-files DATABASE_URL=sqlite:////tmp/none ROLLOUT_DATA_DIR=/app/build \
    DJANGO_SETTINGS_MODULE=crmprogram.settings.prod /venv/bin/python manage.py collectstatic --noinput

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin rollout \
    && mkdir /data && chown rollout:rollout /data
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=crmprogram.settings.prod \
    ROLLOUT_DATA_DIR=/data \
    STATIC_ROOT=/app/build/static
WORKDIR /app
USER rollout
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "crmprogram.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "16", "--no-control-socket", "--graceful-timeout", "30", "--worker-tmp-dir", "/dev/shm"]
