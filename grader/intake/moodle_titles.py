"""What Moodle's grading worksheet calls its columns, by what they are for, in the languages that Moodle has.

Read in Moodle's language packs from 2.8 to 4.5: Arabic, Basque, Catalan, Chinese (two), Dutch, English, French,
Galician, German, Greek, Indonesian, Italian, Japanese, Korean, Lithuanian, Polish, Portuguese (two), Romanian,
Russian, Spanish, Swedish, Turkish, Ukrainian, Urdu and Vietnamese. What a pack does not translate is in English.
In other languages columns are found by what is in them (``moodle_columns``). "Yes" and "No" are here for more
languages than these: none is a yes in one and a no in another.
"""

import unicodedata
from enum import Enum


class MoodleRole(Enum):
    """What a column of the worksheet is for."""

    FULL_NAME = "full name"
    NUMBER = "ID number"
    LOGIN = "username"
    EMAIL = "email address"
    STATUS = "status"
    GROUP = "group"
    MARKER = "marker"
    GRADE = "grade"
    MAXIMUM = "maximum grade"
    SCALE = "scale"  # in the place of the maximum, where an assignment is graded in words
    LOCK = "grade can be changed"
    GRADED_AT = "last modified (grade)"
    FEEDBACK = "feedback comments"


def normal(title: str) -> str:
    """A title in the form in which two of them are compared."""
    return " ".join(unicodedata.normalize("NFC", title).casefold().split())


def _words(text: str) -> frozenset[str]:
    return frozenset(normal(word) for line in text.splitlines() for word in line.split(" | ") if word.strip())


TITLES = {
    MoodleRole.FULL_NAME: _words(
        """
        Erabiltzailearen izen osoa | Full name | Fullständigt namn | Hela namnet | Izen osoa
        Kullanıcının tam adı | Nama lengkap | Nom complet | Nom complet de l'usuari
        Nom complet de l'utilisateur | Nom complet de l’utilisateur | Nombre completo
        Nombre completo del usuario | Nome | Nome completo | Nome completo dell'utente
        Nome completo do usuario | Nome completo do utilizador | Nume complet
        Numele complet al utilizatorului | Pełna nazwa | Tam adı | Tên đầy đủ | User full name
        Visas naudotojo vardas | Visas pavadinimas | Volledige naam | Volledige naam van de gebruiker
        Vollständiger Name | Πλήρες όνομα | Πλήρες όνομα χρήστη | Повна назва | Повне ім'я користувача
        Полное имя | Полное имя пользователя | الاسم كاملا | صارف کا پورا نام | ًالاسم كاملا | پورا نام
        フルネーム | ユーザフルネーム | 使用者全名 | 全名 | 姓名 | 用户全名 | 사용자 성명 | 전체 이름
        """
    ),
    MoodleRole.NUMBER: _words(
        """
        Codice identificativo | Código de identificação | ID numarası | ID number | ID numeris | ID nummer
        ID zenbakia | ID-Nummer | IDナンバ | IDナンバー | Mã số ID | Nomor ID | Numer Indeksu | Nummer (ID)
        Numéro d'identification | Numéro d’identification | Număr ID | Número ID | Número de ID
        Número de identificação | Número de identificação (ID) | id 번호 | Αναγνωριστικός αριθμός
        Αριθμός ταυτότητας | Індивідуальний номер | Индивидуальный номер | آئی ڈی نمبر | رقم المُعرَّف
        رقم بطاقة التعريف | 学号 | 學號
        """
    ),
    MoodleRole.LOGIN: _words(
        """
        Anmeldename | Användarnamn | Erabiltzaile-izena | Gebruikersnaam | Identificação de usuário
        Kullanıcı adı | Nama pengguna | Naudotojo vardas | Nazwa użytkownika | Nom d'usuari
        Nom d'utilisateur | Nom d’utilisateur | Nombre de usuario | Nome de usuario | Nome de utilizador
        Nume de utilizator | Tên tài khoản | Username | Όνομα χρήστη | Ім’я входу | Логин | اسم المستخدم
        صارف نام | یوزر نام | ユーザ名 | 帳號 | 用户名 | 사용자 아이디
        """
    ),
    MoodleRole.EMAIL: _words(
        """
        Adresa de e-mail | Adresse de courriel | Adreça electrònica | Alamat surel | Dirección de correo
        E-Mail-Adresse | E-mail | E-mailadres | E-posta adresi | E-posta helbidea | E-postadress
        El. pašto adresas | Email address | Email地址 | Enderezo de correo | Endereço de e-mail
        Endereço de email | Helbide elektronikoa | Indirizzo email | Địa chỉ thư điện tử
        Διεύθυνση ηλε.ταχυδρομείου | Διεύθυνση ηλεκτρονικού ταχυδρομείου | Адрес электронной почты
        Електронна пошта | ای میل اڈریس | عنوان البريد الإلكتروني | پتہ برقی خط | メールアドレス
        电子邮件地址 | 電子郵件信箱 | 이메일 주소 | Email
        """
    ),
    MoodleRole.STATUS: _words(
        """
        Abgabestatus | Bidalketaren egoera | Būsena | Durum | Egoera | Estado | Estado da entrega
        Estado da submissão | Estado de la entrega | Estat | Estat de la tramesa | Gönderim durumu
        Inlämningsstatus | Stato | Stato consegna | Status | Status de envio | Status för inlämning
        Status ingestuurde opdracht | Status pengajuan | Status przesłanego zadania | Status răspuns
        Statut | Statut des travaux remis | Submission status | Trạng thái | Trạng thái bài nộp
        Įkelto darbo būsena | Κατάσταση | Κατάσταση Υποβολής | Состояние ответа на задание | Статус
        Статус роботи | الحالة | جمع کرانے کی حیثیت | حالة التسليم | حالت | ステータス | 作业状态 | 提交状态
        提出ステータス | 状态 | 状態 | 狀態 | 繳交狀態 | 상태 | 제출 상태
        """
    ),
    MoodleRole.GROUP: _words(
        """
        Groep | Group | Groupe | Grup | Grupa | Grupo | Grupp | Gruppe | Gruppo | Grupė | Nhóm | Taldea
        Ομάδα | Група | Группа | Группы | المجموعة | مجموعة | گروپ | گروہ | グループ | 分組 | 小组 | 群組
        群组 | 그룹 | 모둠
        """
    ),
    MoodleRole.MARKER: _words(
        """
        Allocated Marker | Alokasi penilaian | Atanan değerlendirici | Avaliador | Avaliador atribuído
        Avaluador | Avaluador assignat | Bedömare | Beoordelaar | Bewerter/in | Corrector
        Corrector asignado | Değerlendirici | Esleitutako kalifikatzailea | Evaluador | Evaluador asignado
        Kalifikatzailea | Marcador | Marcador asignado | Marker | Markierung | Người chấm | Nilai
        Osoba oceniająca | Persoană pentru notare alocat | Priskirtas vertintojas
        Przydzielona osoba oceniająca | Tilldelad rättare | Tilldelade Bedömare | Toegewezen beoordelaar
        Valutatore | Valutatore assegnato | Vertintojas | Zugeordnete Markierung | Zugeordnete/r Bewerter/in
        Évaluateur | Évaluateur attribué | Βαθμολογητής | Βαθμολογητής που εκχωρήθηκε | Виділені маркер
        Назначенный оценщик | Оценщик | Оцінювач | Призначений оцінювач | المصحح | المُصحِّح المعيَّن
        تخصيص مُصحِّح | مارکر | مختص مارکر | 分配的批改人 | 分配的评阅人 | 割り当て採点者 | 批改人
        指派评分者 | 採点者 | 评分者
        """
    ),
    MoodleRole.GRADE: _words(
        """
        Avaliação | Betyg | Bewertung | Calificación | Cijfer | Cualificación | Grade | Kalifikazioa | Nilai
        Not | Nota | Note | Notă | Ocena | Qualificació | Valutazione | Điểm | Įvertinimas | Βαθμός | Оценка
        Оцінка | الدرجة | العلامة | درجة | درجہ | 成績 | 成绩 | 評点 | 성적
        """
    ),
    MoodleRole.MAXIMUM: _words(
        """
        Bestwertung | Calificación máxima | Cualificación máxima | Didžiausias įvertinimas | Enyüksek not
        Gehieneko kalifikazioa | Gehienezko kalifikazioa | Maksymalna ocena | Maxbetyg | Maximaal cijfer
        Maximalt betyg | Maximum Grade | Nilai maksimum | Nota Máxima | Note maximale | Notă maximă
        Qualificació màxima | Valutazione massima | Điểm tối đa | Μέγιστος Βαθμός | Максимальна оцінка
        Максимальная оценка | أعلى تقدير | أقصى علامة | زیادہ سے زیادہ گریڈ | 最大評点 | 最高分 | 最高分數
        最高成绩 | 최대 성적
        """
    ),
    MoodleRole.SCALE: _words(
        """
        Barème | Escala | Eskala | Scala | Scale | Scală | Schaal | Skala | Skalė | Thang | Ölçek | Κλίμακα
        Шкала | اسکیل | المقياس | مقياس | 評価尺度 | 量尺 | 量表 | 척도
        """
    ),
    MoodleRole.LOCK: _words(
        """
        A cualificación pode ser cambiada | A cualificación pode seren cambiada | A nota pode ser alterada.
        Betyg kan ändras | Bewertung kann geändert werden | Es pot canviar la qualificació
        Grade can be changed | Het cijfer kan gewijzigd worden | Kalifikazioa alda daiteke
        La calificación puede ser cambiada | La note peut être modifiée | La valutazione può essere cambiata
        Nilai bisa diubah | Not değiştirilebilir | Nota poate fi schimbată | Nota pode ser alterada
        Ocena może być zmieniona | Điểm có thể sửa | Įvertinimas gali būti pakeistas
        Ο βαθμός μπορεί να αλλάξει | Оценка может быть изменена | Оцінка може бути змінена
        يمكن تغيير الدرجة | يمكن تغيير العلامة | گریڈ تبدیل کیا جا سکتا ہے | 允许更改成绩 | 評点変更可
        """
    ),
    MoodleRole.GRADED_AT: _words(
        """
        Azken aldaketa (kalifikazioa) | Darrera modificació (qualificació) | Dernière modification (note)
        Laatst gewijzigd (beoordeling) | Last modified (grade) | Lần cuối sửa (điểm)
        Ostatnia aktualizacja (ocena) | Paskutinį kartą keista (įvertinimas) | Senast modifierat (betyg)
        Son düzenleme (not) | Terakhir diubah (nilai) | Ultima modifica (valutazione)
        Ultima modificare (nota) | Zuletzt geändert (Bewertung) | Última atualização (avaliação)
        Última modificación (calificación) | Última modificación (cualificación) | Última modificação (nota)
        Τελευταία Τροποποίηση (βαθμολόγηση) | Востаннє змінювалося (оцінка) | Последнее изменение (оценка)
        آخر تعديل (التقدير) | آخر تعديل (العلامة) | آخری ترمیم شدہ (درجہ) | 上次修改（评分）
        最后修改（教师） | 最後修改（老師） | 最終更新日時 (評定) | 마지막 수정됨(성적)
        """
    ),
    MoodleRole.FEEDBACK: _words(
        """
        Bình luận phản hồi | Comentarii de feedback | Comentarios | Comentarios de retroalimentación
        Comentaris de la retroacció | Comentaris de retroacció. | Comentaris de retroalimentació
        Comentários de feedback | Commenti | Feedback | Feedback als Kommentar | Feedback comments
        Feedback par commentaires | Feedback tekstvak | Feedback-iruzkinak | Geri bildirim yorumları
        Grįžtamojo ryšio komentarai | Komentar umpan balik. | Komentarz zwrotny | Återkoppling/kommentarer
        Återkopplingskommentarer | Σχόλια ανατροφοδότησης | Відгук - коментарем | Отзыв в виде комментария
        تاثرات کے تبصرے | تعليقات الإفادة | フィードバックコメント | 反馈意见 | 回饋評語 | 评语反馈
        피드백 코멘트
        """
    ),
}
YES = _words(
    """
    Ano | Bai | Bəli | Có | Da | Evet | Ewe | Ha | Haa | Hawa | Hə | Igen | Ja | Jah | Jes | Já | Jā
    Kyllä | Ndiyo | Oo | Oui | Po | Si | Sim | Sì | Sí | Taip | Tak | Ya | Ydw | Ydy | Yebo | Yes | Áno
    Ναι | Да | Иә | Ооба | Так | Тийм | Այո | כן | بله | بلی | بەڵێ | نعم | ہاں | हाँ | हां | हो | होय
    হ্যাঁ | ਹਾਂ | હા | ஆம் | అవును | ಹೌದು | അതെ | ඔව් | ใช่ | ແມ່ນ | დიახ | კი | አዎ | បាទ | はい | 是
    是的 | 예
    """
)
NO = _words(
    """
    Cha | Ei | Ez | Hapana | Hayi | Hayır | Hindi | Jo | Không | Maya | Na | Nac ydy | Ne | Nee | Nei
    Nein | Nej | Nem | Nie | No | Non | Nu | Não | Nē | Tidak | Xeyr | Yo'q | Yox | Yoʻq | Ýok | Όχι
    Жок | Жоқ | Не | Нет | Ні | Үгүй | Ոչ | לא | خیر | لا | نه | نہیں | نەخێر | नही | नहीं | नाही | होइन
    না | ਨਹੀਂ | ના | இல்லை | కాదు | లేదు | ಇಲ್ಲ | അല്ല | ഇല്ല | නැත | ไม่ | ไม่ใช่ | ບໍ່ | არა | አይ
    አይደለም | ទេ | いいえ | 不是 | 否 | 아니오 | 아니요
    """
)
